"""The built front end: cached by its name, compressed where it can be, nothing else served."""

import gzip
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from visualizer.web.static_files import StaticFiles

SCRIPT = b"console.log('hello');\n" * 100


@pytest.fixture
def files(tmp_path: Path, settings: LazySettings) -> StaticFiles:
    """The middleware over a folder that is built."""
    assets = tmp_path / "assets"
    assets.mkdir()
    (assets / "lab-abc12345.js").write_bytes(SCRIPT)
    (assets / "lab-abc12345.js.gz").write_bytes(gzip.compress(SCRIPT))
    (tmp_path / "embed").mkdir()
    (tmp_path / "embed" / "player-abc12345.js").write_bytes(SCRIPT)
    (tmp_path / "manifest.json").write_text("{}")
    (tmp_path.parent / "secret.txt").write_text("secret")
    settings.STATICFILES_DIRS = [tmp_path]
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]

    async def elsewhere(request: HttpRequest) -> HttpResponse:
        return HttpResponse(status=404)

    return StaticFiles(elsewhere)


async def answer(files: StaticFiles, path: str, **headers: str) -> HttpResponse:
    request = RequestFactory().get(path, headers=headers)
    response: HttpResponse = await files(request)
    return response


async def test_a_file_with_a_hash_in_its_name_is_cached_for_ever(files: StaticFiles) -> None:
    response = await answer(files, "/static/assets/lab-abc12345.js")
    assert response.content == SCRIPT
    assert response["Content-Type"].startswith("text/javascript")
    assert "immutable" in response["Cache-Control"]
    assert "Access-Control-Allow-Origin" not in response


async def test_another_file_is_not_cached_for_ever(files: StaticFiles) -> None:
    assert "immutable" not in (await answer(files, "/static/manifest.json"))["Cache-Control"]


async def test_a_browser_that_takes_gzip_gets_it(files: StaticFiles) -> None:
    packed = {"accept-encoding": "gzip"}
    response = await answer(files, "/static/assets/lab-abc12345.js", **packed)
    assert response["Content-Encoding"] == "gzip"
    assert gzip.decompress(response.content) == SCRIPT


@pytest.mark.parametrize(
    "path",
    [
        "/static/../secret.txt",
        "/static/%2e%2e/secret.txt",
        "/static//etc/passwd",
        "/static/",
        "/static/assets",
        "/static/assets/lab-abc12345.js.gz",
        "/static/\x00",
        "/static/" + "a" * 5000,
        "/elsewhere",
    ],
)
async def test_nothing_but_the_folder_is_served(files: StaticFiles, path: str) -> None:
    assert (await answer(files, path)).status_code == 404


async def test_the_player_of_embeds_is_for_frames_of_any_origin(files: StaticFiles) -> None:
    player = await answer(files, "/static/embed/player-abc12345.js")
    assert player["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert "immutable" in player["Cache-Control"]
    ours = await answer(files, "/static/assets/lab-abc12345.js")
    assert "Cross-Origin-Resource-Policy" not in ours


async def test_a_file_that_is_gone_since_the_start_is_not_found(
    files: StaticFiles, tmp_path: Path
) -> None:
    path = "/static/assets/lab-abc12345.js"
    assert (await answer(files, path)).status_code == 200
    for each in (tmp_path / "assets").iterdir():
        each.unlink()
    assert (await answer(files, path)).status_code == 404
    assert (await answer(files, path, **{"accept-encoding": "gzip, br"})).status_code == 404


async def test_a_file_that_came_since_the_start_is_served(
    files: StaticFiles, tmp_path: Path
) -> None:
    (tmp_path / "assets" / "lab-def67890.js").write_bytes(SCRIPT)
    response = await answer(files, "/static/assets/lab-def67890.js")
    assert response.content == SCRIPT
    assert "immutable" in response["Cache-Control"]


async def test_a_file_that_was_written_anew_is_served_as_it_is_now(
    files: StaticFiles, tmp_path: Path
) -> None:
    before = await answer(files, "/static/manifest.json")
    (tmp_path / "manifest.json").write_text('{"longer": true}')
    after = await answer(files, "/static/manifest.json")
    assert (before.content, after.content) == (b"{}", b'{"longer": true}')
    assert after["Content-Length"] == str(len(after.content))


async def test_a_file_that_goes_while_it_is_looked_up_is_not_found(
    files: StaticFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    look_up = files.find_file

    def and_then_it_goes(url: str) -> object:
        found = look_up(url)
        (tmp_path / "assets" / "lab-abc12345.js").unlink()
        return found

    monkeypatch.setattr(files, "find_file", and_then_it_goes)
    assert (await answer(files, "/static/assets/lab-abc12345.js")).status_code == 404
