"""A recording as a folder that plays by itself."""

import json
import re
from html.parser import HTMLParser
from io import StringIO
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command

from tests.web.kept import golden
from visualizer.recordings import format as file
from visualizer.recordings.format import Header

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def built(tmp_path: Path, settings: LazySettings) -> Path:
    folder = tmp_path / "built" / "embed"
    folder.mkdir(parents=True)
    manifest = {"a": {"file": "player-abc.js"}, "b": {"file": "player-abc.css"}}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    (folder / "player-abc.js").write_text("/* script */")
    (folder / "player-abc.css").write_text("/* style */")
    settings.BUILT_FRONT_END = folder.parent
    return folder


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    path = tmp_path / "story.jsonl"
    header = Header(title="</script><b>A story", description="Of a lab.")
    path.write_bytes(file.write(header, golden()))
    return path


def publish(asked: "Path | str", out: Path, *words: str) -> list[str]:
    said = StringIO()
    call_command("publish", str(asked), "--out", str(out), *words, stdout=said)
    return said.getvalue().splitlines()


class Addresses(HTMLParser):
    """Every address that a page names."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found |= {value or "" for name, value in attrs if name in ("src", "href")}


def test_it_is_a_page_the_player_the_recording_and_a_still(recording: Path, tmp_path: Path) -> None:
    out = tmp_path / "course" / "layers"
    said = publish(recording, out)
    names = ["index.html", "player.js", "player.css", "recording.jsonl", "still.svg"]
    assert said == [str(out / name) for name in names]
    assert sorted(path.name for path in out.iterdir()) == sorted(names)
    assert (out / "recording.jsonl").read_bytes() == recording.read_bytes()
    assert (out / "player.js").read_text() == "/* script */"
    assert (out / "still.svg").read_text().startswith("<svg")


def test_its_page_names_no_address_but_those_beside_it(recording: Path, tmp_path: Path) -> None:
    publish(recording, tmp_path / "out")
    page = (tmp_path / "out" / "index.html").read_text()
    assert Addresses(page).found == {"player.js", "player.css", "data:,"}
    found = re.search(r'<script id="boot" type="application/json">(.*?)</script>', page)
    assert found
    boot = json.loads(found[1])
    assert boot["text"].encode() == recording.read_bytes()
    assert "page" not in boot
    assert "<b>A story" not in page


def test_one_of_our_own_is_named_by_its_slug(tmp_path: Path) -> None:
    publish("first-image", tmp_path / "out")
    assert file.read((tmp_path / "out" / "recording.jsonl").read_bytes()).events


def test_an_unknown_one_is_refused_with_what_there_is(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"no recording 'nowhere'.*first-image"):
        publish("nowhere", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"nothing\.jsonl cannot be read: No such file"):
        publish(tmp_path / "nothing.jsonl", tmp_path / "out")


def test_a_file_that_is_no_recording_is_refused_with_its_line(
    recording: Path, tmp_path: Path
) -> None:
    recording.write_text(recording.read_text() + "nonsense\n")
    with pytest.raises(CommandError, match=r"no recording that can be played. Line \d+: "):
        publish(recording, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_folder_that_holds_something_is_left_alone(recording: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "thesis.txt").write_text("years of work")
    with pytest.raises(CommandError, match="is not empty"):
        publish(recording, out)
    assert [path.name for path in out.iterdir()] == ["thesis.txt"]


def test_by_force_it_replaces_its_own_files_and_no_others(recording: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    publish(recording, out)
    (out / "index.html").write_text("old")
    (out / "thesis.txt").write_text("years of work")
    publish(recording, out, "--force")
    assert (out / "thesis.txt").read_text() == "years of work"
    assert "player.js" in (out / "index.html").read_text()
    assert not list(out.glob(".*"))


def test_a_file_in_the_folders_place_is_left_alone(recording: Path, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="is a file"):
        publish(recording, recording, "--force")


def test_without_a_built_player_it_says_how_to_build_it(
    recording: Path, tmp_path: Path, built: Path
) -> None:
    (built / "player-abc.js").unlink()
    with pytest.raises(CommandError, match="scripts/run --setup-only"):
        publish(recording, tmp_path / "out")
