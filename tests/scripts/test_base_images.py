"""The starter images: what becomes of a root, and that the same packages give the same image."""

import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from scripts.base_images import bundle, layers, recipes, roots
from scripts.base_images.recipes import Recipe
from scripts.base_images.starters import Image, Layer
from scripts.prepare import places
from visualizer.engine.catalogue import load_catalogue

SCRIPT = places.ROOT / "scripts" / "base-images"
RECIPE = Recipe("try", ("try:latest",), "A test", "bookworm", "minbase", (), {})
NOW = roots.EPOCH + 90_000

Things = Mapping[str, bytes | str]
"""A file's content, or after `->` what a link points to, `=>` what it is another name of."""


def root(folder: Path, things: Things) -> tarfile.TarFile:
    """A root's archive as mmdebstrap writes it: names that begin with `./`, this machine's time."""
    path = folder / "root.tar"
    with tarfile.open(path, "w") as tar:
        for name, content in things.items():
            info = tarfile.TarInfo(f"./{name}")
            info.mtime, info.uname = NOW, "somebody"
            if isinstance(content, str):
                info.type = tarfile.SYMTYPE if content.startswith("->") else tarfile.LNKTYPE
                info.linkname = content[2:]
                tar.addfile(info)
            else:
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content))
    return tarfile.open(path)


def layer(
    folder: Path, things: Things, below: layers.Index | None = None, recipe: Recipe = RECIPE
) -> tuple[dict[str, tarfile.TarInfo], layers.Index]:
    """What stands in the layer, and the index of all that is there with it."""
    with root(folder, things) as archive:
        held = layers.entries(archive, recipe)
        index = layers.write(archive, held, below or {}, folder / "layer.tar")
    with tarfile.open(folder / "layer.tar") as tar:
        return {member.name: member for member in tar}, index


def test_a_layer_has_what_is_new_or_other_and_whiteouts_for_what_is_gone(tmp_path: Path) -> None:
    _, below = layer(tmp_path, {"etc/same": b"1", "etc/other": b"1", "etc/gone": b"1"})

    above, _ = layer(tmp_path, {"etc/same": b"1", "etc/other": b"2", "etc/new": b"3"}, below)

    assert sorted(above) == ["etc/.wh.gone", "etc/new", "etc/other"]


def test_a_layer_tells_nothing_of_the_machine_that_made_it(tmp_path: Path) -> None:
    things = {
        "etc/hostname": b"here", "etc/resolv.conf": b"nameserver 192.0.2.1", "etc/issue": b"x",
        "var/log/apt.log": b"today", "usr/lib/a/__pycache__/b.pyc": b"",
    }  # fmt: skip

    made, _ = layer(tmp_path, things)

    assert list(made) == ["etc/issue"]
    assert made["etc/issue"].mtime == roots.EPOCH
    assert made["etc/issue"].uname == ""


def test_a_hard_link_to_what_is_only_below_becomes_a_file(tmp_path: Path) -> None:
    _, below = layer(tmp_path, {"bin/perl": b"program"})

    above, _ = layer(tmp_path, {"bin/perl": b"program", "bin/perl5": "=>./bin/perl"}, below)

    assert list(above) == ["bin/perl5"]
    assert above["bin/perl5"].isreg()
    assert above["bin/perl5"].size == len(b"program")


def test_a_hard_link_within_a_layer_stays_one(tmp_path: Path) -> None:
    made, _ = layer(tmp_path, {"bin/perl": b"program", "bin/perl5": "=>./bin/perl"})

    assert made["bin/perl5"].islnk()
    assert made["bin/perl5"].linkname == "bin/perl"


def test_a_recipe_adds_folders_files_and_links(tmp_path: Path) -> None:
    recipe = replace(
        RECIPE,
        drop=("etc/no",),
        directories={"tmp": 0o1777},
        links={"bin/sh": "busybox"},
        files={"etc/motd": "Hello\n"},
        executables={"start": "#!/bin/sh\n"},
    )

    made, _ = layer(tmp_path, {"etc/no": b"", "etc/motd": b"Bye\n"}, recipe=recipe)

    assert sorted(made) == ["bin/sh", "etc/motd", "start", "tmp"]
    assert made["tmp"].isdir()
    assert made["tmp"].mode == 0o1777
    assert made["bin/sh"].linkname == "busybox"
    assert made["etc/motd"].size == len("Hello\n")
    assert made["start"].mode == 0o755


def test_a_bundle_has_each_layer_once(tmp_path: Path) -> None:
    paths = [tmp_path / "below.tar", tmp_path / "above.tar"]
    for path in paths:
        path.write_bytes(path.name.encode())
    below, above = (
        Layer(path, f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}", "") for path in paths
    )
    images = [
        Image("one", ("one:1", "one:latest"), b'{"one": 1}', (below,)),
        Image("two", ("two:latest",), b'{"two": 2}', (below, above)),
    ]
    written = io.BytesIO()

    bundle.write(images, written)

    written.seek(0)
    with tarfile.open(fileobj=written) as tar:
        names = tar.getnames()
        content = tar.extractfile("manifest.json")
        assert content is not None
        manifest = json.load(content)
    assert len(names) == len({*names}) == 2 + 2 + 1
    assert [image["RepoTags"] for image in manifest] == [["one:1", "one:latest"], ["two:latest"]]
    assert manifest[1]["Layers"][0] == manifest[0]["Layers"][0]
    assert manifest[0]["Config"] == images[0].digest.removeprefix("sha256:") + ".json"


@pytest.mark.parametrize("recipe", recipes.recipes(), ids=lambda recipe: recipe.name)
def test_a_lab_may_build_from_every_name_that_a_starter_plays(recipe: Recipe) -> None:
    assert recipe.plays
    assert {*recipe.plays} <= {*load_catalogue().names()}


def test_no_name_is_played_by_two_starters_and_each_stands_on_one_before_it() -> None:
    known: list[str] = []
    played: list[str] = []
    for recipe in recipes.recipes():
        assert recipe.base is None or recipe.base in known
        known.append(recipe.name)
        played.extend(recipe.plays)
    assert len(played) == len({*played})


def test_the_script_needs_nothing_that_is_not_in_python(tmp_path: Path) -> None:
    """As on a machine where nothing is set up yet: without the site's packages."""
    answer = subprocess.run(
        [sys.executable, "-S", SCRIPT, "--help"], cwd=tmp_path, capture_output=True, text=True
    )

    assert answer.returncode == 0, answer.stderr
    assert "scripts/base-images" in answer.stdout


@pytest.mark.parametrize("words", [["redis", "--bundle", "x"], ["busybox"]])
def test_a_name_without_recipe_and_a_missing_target_are_bad_usage(words: list[str]) -> None:
    answer = subprocess.run([sys.executable, SCRIPT, *words], capture_output=True, text=True)

    assert answer.returncode == 2
    assert "usage: scripts/base-images" in answer.stderr


def test_without_mmdebstrap_the_script_says_what_to_install(tmp_path: Path) -> None:
    answer = subprocess.run(
        [sys.executable, SCRIPT, "busybox", "--bundle", tmp_path / "b", "--kept", tmp_path / "k"],
        env={**os.environ, "PATH": str(tmp_path)},
        capture_output=True,
        text=True,
    )

    assert answer.returncode == 1
    assert "apt-get install mmdebstrap" in answer.stderr
    assert not (tmp_path / "b").exists()


@pytest.mark.skipif(shutil.which("mmdebstrap") is None, reason="mmdebstrap is not installed")
def test_the_same_packages_give_the_same_image(tmp_path: Path) -> None:
    sums = []
    for number in ("one", "two"):
        file = tmp_path / f"{number}.tar"
        words = ["busybox", "--bundle", str(file), "--kept", str(tmp_path / number)]
        command = [sys.executable, str(SCRIPT), *words]
        subprocess.run(command, check=True, capture_output=True)
        sums.append(hashlib.sha256(file.read_bytes()).hexdigest())

    assert sums[0] == sums[1]
