"""The nearest name, for words that were misspelt and images that are not there."""

import pytest

from visualizer.dockerfile import diagnose, nearest
from visualizer.dockerfile.suggest import closest, distance

CATALOGUE = [
    "busybox:1.36", "alpine:3.20", "debian:12", "ubuntu:24.04", "nginx:1.27",
    "python:3.9", "python:3.11", "python:3.12", "python:3.13", "python:3.12-slim",
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("pyhton:3.12", "python:3.12"),
        ("python:3.12-alpine", "python:3.12-slim"),
        ("python:3.14", "python:3.13"),
        ("python:2", "python:3.9"),
        ("python", "python:3.13"),
        ("python:latest", "python:3.13"),
        ("docker.io/library/python:3.11", "python:3.11"),
        ("Ubuntu:22.04", "ubuntu:24.04"),
        ("alpin", "alpine:3.20"),
        ("someone/nginx:1", "nginx:1.27"),
        ("oraclelinux:9", None),
        ("x", None),
    ],
)
def test_the_nearest_image_is_the_one_that_was_probably_meant(
    name: str, expected: str | None
) -> None:
    assert nearest(name, CATALOGUE) == expected


def test_swapped_letters_count_once() -> None:
    assert distance("form", "from") == 1
    assert closest("FORM", ["FROM", "RUN"]) == "FROM"
    assert closest("BANANA", ["FROM", "RUN"]) is None


def test_the_fix_of_an_unknown_image_names_the_nearest() -> None:
    (found,) = [
        d
        for d in diagnose("FROM pyhton:3.12 AS a\n", bases=lambda name: None, catalogue=CATALOGUE)
        if d.code == "unknown-image"
    ]
    assert found.fix is not None
    assert found.fix.text == "FROM python:3.12 AS a"
