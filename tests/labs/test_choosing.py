"""Which engines a site offers: its settings, who can reach it, who answers; and why, in words."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from visualizer.engine.docker.asking import Heard
from visualizer.engine.errors import EngineUnavailable
from visualizer.engine.private import state
from visualizer.engine.private.doctor import stamp
from visualizer.engine.private.doctor.finding import found
from visualizer.engine.private.place import Place
from visualizer.engine.private.state import State
from visualizer.environment import BadEnvironment, Environment
from visualizer.labs import choosing
from visualizer.labs.choosing import Choice, choose

LOOPBACK = "127.0.0.1"
NAMED = "unix:///run/named.sock"


@pytest.fixture
def here(tmp_path: Path) -> Environment:
    """A site with nothing set, and no private engine."""
    return Environment(data=tmp_path)


def answering(
    *hosts: str, bases: tuple[str, ...] = ("python:3.12-slim",)
) -> Callable[[str], Heard]:
    """Engines answer at these addresses and nowhere else."""

    def ask(host: str) -> Heard:
        if host in hosts:
            return Heard("20.10.24+dfsg1", bases)
        raise EngineUnavailable("engine-unavailable", "away") from FileNotFoundError(2, "no socket")

    return ask


def with_private(here: Environment) -> str:
    """Give the site the socket of a private engine; its address."""
    place = Place.below(here.data)
    place.folder.mkdir(parents=True)
    place.socket.touch()
    return place.host


@contextmanager
def at_work(here: Environment, *, passed: bool) -> Iterator[str]:
    """The private engine as its supervisor and its doctor leave word of it; its address."""
    host, place = with_private(here), Place.below(here.data)
    known = State("ready", 1, 0.0, engine_id="one", version="20.10.24", boot=state.boot_id())
    state.write(place, known)
    stamp.write(place, known, [found("No way out", passed, "It was tried.")])
    with state.hold(place):
        yield host


def whose(choice: Choice) -> str:
    return choice.docker.whose if choice.docker else ""


def test_where_no_docker_engine_answers_there_is_the_embedded_one_and_it_says_where_it_looked(
    here: Environment,
) -> None:
    choice = choose(here, LOOPBACK, answering())
    assert (choice.kinds, choice.docker) == (("embedded",), None)
    assert choice.why == (
        "No Docker Engine answered at /var/run/docker.sock when the site was started."
    )


def test_one_that_the_site_may_not_use_is_told_apart_from_one_that_is_not_there(
    here: Environment,
) -> None:
    def forbidden(host: str) -> Heard:
        raise EngineUnavailable("engine-unavailable", "away") from PermissionError(13, "denied")

    assert choose(here, LOOPBACK, forbidden).why == (
        "The site may not use the Docker Engine at /var/run/docker.sock."
    )


def test_the_engine_of_this_computer_is_taken_when_it_answers_and_the_embedded_one_stays_on_offer(
    here: Environment,
) -> None:
    choice = choose(here, LOOPBACK, answering(choosing.LOCAL))
    assert choice.kinds == ("docker", "embedded")
    assert choice.docker
    assert choice.docker.host == choosing.LOCAL
    assert choice.docker.title == "Docker Engine 20.10.24, the one of this computer"
    assert "It is not sandboxed" in choice.docker.about
    assert "nobody else can reach the site" in choice.why


def test_the_private_engine_is_taken_before_the_one_of_this_computer(here: Environment) -> None:
    private = with_private(here)
    choice = choose(here, LOOPBACK, answering(private, choosing.LOCAL))
    assert choice.docker
    assert choice.docker.host == private
    assert choice.docker.title == "Docker Engine 20.10.24, private to this site"
    assert "not sandboxed" not in choice.docker.about


def test_a_private_engine_that_is_down_gives_way_to_the_one_of_this_computer(
    here: Environment,
) -> None:
    with_private(here)
    assert whose(choose(here, LOOPBACK, answering(choosing.LOCAL))) == "local"


def test_an_engine_with_nothing_to_build_on_is_offered_and_is_not_the_usual_one(
    here: Environment,
) -> None:
    choice = choose(here, LOOPBACK, answering(choosing.LOCAL, bases=()))
    assert choice.kinds == ("embedded", "docker")
    assert whose(choice) == "local"
    assert "`docker pull python:3.12-slim` gets one" in choice.why
    private = with_private(here)
    choice = choose(here, LOOPBACK, answering(private, bases=()))
    assert choice.kinds == ("embedded", "docker")
    assert "`manage.py engine images` gets them" in choice.why


def test_an_engine_that_is_named_is_taken_also_while_it_is_away(here: Environment) -> None:
    choice = choose(replace(here, docker_host=NAMED), LOOPBACK, answering(choosing.LOCAL))
    assert choice.kinds == ("docker", "embedded")
    assert choice.docker
    assert (choice.docker.host, choice.docker.version) == (NAMED, "")
    assert choice.docker.title == "Docker Engine"


def test_an_engine_on_another_machine_is_taken_without_asking_it(here: Environment) -> None:
    def never(host: str) -> Heard:
        raise AssertionError("it was asked")

    choice = choose(replace(here, docker_host="ssh://docker@far.example"), LOOPBACK, never)
    assert whose(choice) == "given"


def test_the_private_engine_stays_private_when_it_is_named(here: Environment) -> None:
    private = with_private(here)
    assert whose(choose(replace(here, docker_host=private), LOOPBACK, answering())) == "private"


@pytest.mark.parametrize(
    ("change", "listens_on"),
    [
        ({}, "0.0.0.0"),
        ({}, "192.168.1.2"),
        ({}, ""),
        ({"hosts": ("127.0.0.1", "site.example")}, LOOPBACK),
        ({"origins": ("https://site.example",)}, LOOPBACK),
        ({"behind_proxy": True}, LOOPBACK),
    ],
)
def test_where_others_can_reach_the_site_no_untested_engine_is_taken(
    here: Environment, change: dict[str, object], listens_on: str
) -> None:
    public = Environment(**{**vars(here), **change})
    for named in ("", NAMED):
        choice = choose(replace(public, docker_host=named), listens_on, answering(choosing.LOCAL))
        assert choice.kinds == ("embedded",)
        assert choice.why.startswith("Other people can reach this site")


def test_where_nobody_knows_who_can_reach_the_site_none_is_taken(here: Environment) -> None:
    choice = choose(here, None, answering(choosing.LOCAL))
    assert choice.kinds == ("embedded",)
    assert "manage.py serve" in choice.why


@pytest.mark.parametrize("kind", ["embedded", "docker"])
def test_an_engine_that_is_set_is_the_only_one_on_offer(here: Environment, kind: str) -> None:
    choice = choose(replace(here, engine=kind), LOOPBACK, answering(choosing.LOCAL))
    assert choice.kinds == (kind,)
    assert choice.why == "This engine was chosen by whoever runs this site."


def test_docker_that_is_set_is_kept_while_it_is_away(here: Environment) -> None:
    choice = choose(replace(here, engine="docker"), LOOPBACK, answering())
    assert choice.docker
    assert (choice.kinds, choice.docker.host) == (("docker",), choosing.LOCAL)


def test_a_setting_that_is_none_is_named_with_those_that_are(here: Environment) -> None:
    with pytest.raises(BadEnvironment, match="'podman'; the engines are: auto, embedded, docker"):
        choose(replace(here, engine="podman"), LOOPBACK, answering())


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "localhost", "::1", "[::1]"])
def test_with_docker_the_site_serves_its_own_machine(here: Environment, host: str) -> None:
    assert not refusal(replace(here, engine="docker"), host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "", "192.168.1.2", "site.example"])
def test_with_docker_the_site_serves_no_other_machine(here: Environment, host: str) -> None:
    assert "LAYERCAKE_ENGINE=embedded" in refusal(replace(here, engine="docker"), host)


@pytest.mark.parametrize(
    "public",
    [
        {"hosts": ("127.0.0.1", "site.example")},
        {"hosts": ("*",)},
        {"origins": ("https://site.example",)},
        {"behind_proxy": True},
    ],
)
def test_with_docker_the_site_is_not_made_public_by_other_means(
    here: Environment, public: dict[str, object]
) -> None:
    on_docker = Environment(**{**vars(here), "engine": "docker", **public})
    assert "not sandboxed" in refusal(on_docker, LOOPBACK)


@pytest.mark.parametrize("kind", ["embedded", "auto"])
def test_the_other_settings_may_serve_everyone(here: Environment, kind: str) -> None:
    public = replace(here, engine=kind, hosts=("site.example",), behind_proxy=True)
    assert not refusal(public, "0.0.0.0")


@pytest.mark.parametrize("listens_on", ["0.0.0.0", "192.168.1.2"])
def test_a_private_engine_whose_sandbox_held_may_serve_everyone(
    here: Environment, listens_on: str
) -> None:
    with at_work(here, passed=True) as host:
        assert not refusal(replace(here, engine="docker"), listens_on)
        choice = choose(here, listens_on, answering(host))
    assert choice.kinds == ("docker", "embedded")
    assert whose(choice) == "private"


def test_one_whose_sandbox_did_not_hold_may_not(here: Environment) -> None:
    with at_work(here, passed=False) as host:
        assert "engine doctor" in refusal(replace(here, engine="docker"), "0.0.0.0")
        assert choose(here, "0.0.0.0", answering(host)).kinds == ("embedded",)


def test_one_that_is_down_proves_nothing_any_more(here: Environment) -> None:
    with at_work(here, passed=True):
        pass
    assert "engine doctor" in refusal(replace(here, engine="docker"), "0.0.0.0")


def test_a_tested_private_engine_says_nothing_of_another_that_is_named(here: Environment) -> None:
    with at_work(here, passed=True) as host:
        other = replace(here, engine="docker", docker_host=NAMED)
        assert "engine doctor" in refusal(other, "0.0.0.0")
        assert not refusal(replace(other, docker_host=host), "0.0.0.0")


def refusal(here: Environment, host: str) -> str:
    try:
        choosing.check_exposure(here, host)
    except BadEnvironment as error:
        return str(error)
    return ""
