"""Tags, container names, variables: Docker's own rules."""

import pytest

from visualizer.labs import names
from visualizer.labs.errors import Invalid


@pytest.mark.parametrize(
    "tag",
    ["app", "app:latest", "my-app:1.0", "a/b/c:V2", "localhost:5000/app", "a__b", "a--b", "x.y:_z"],
)
def test_a_good_tag_is_taken(tag: str) -> None:
    names.check_tag(tag)


@pytest.mark.parametrize(
    "tag", ["", "My-App", "a:", ":b", "a b", "a:b:c", "-a", "a/", "a..b", "a:" + "x" * 129, "a\n"]
)
def test_a_bad_tag_is_refused_in_words(tag: str) -> None:
    with pytest.raises(Invalid) as caught:
        names.check_tag(tag)
    assert "invalid reference format" in caught.value.problem.engine_words


def test_capitals_in_a_tag_are_explained() -> None:
    with pytest.raises(Invalid) as caught:
        names.check_tag("My-App:V1")
    assert caught.value.problem.try_ == "Try `my-app:v1`."
    assert "must be lowercase" in caught.value.problem.engine_words


@pytest.mark.parametrize("name", ["web", "web-1", "a.b_c", "0x"])
def test_a_good_container_name_is_taken(name: str) -> None:
    names.check_container_name(name)


@pytest.mark.parametrize("name", ["", "a", "-web", "we b", "x" * 65, "wéb", "ok\n"])
def test_a_bad_container_name_is_refused(name: str) -> None:
    with pytest.raises(Invalid, match="not a name"):
        names.check_container_name(name)


def test_variables_have_names_and_words_have_no_nul() -> None:
    names.check_variables(["A", "b.c"])
    names.check_words(["anything else", ""])
    with pytest.raises(Invalid):
        names.check_variables([""])
    with pytest.raises(Invalid):
        names.check_variables(["A=B"])
    with pytest.raises(Invalid):
        names.check_words(["a\x00b"])
