"""Takes the pictures of the README anew: `.venv/bin/python -m tests.browser.pictures`."""

import struct
import tempfile
import zlib
from base64 import b64decode, b64encode
from collections import Counter
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser import visitor
from tests.browser.conftest import FLAGS, find_chromium
from tests.browser.lab_page import LabPage
from tests.browser.other_origin import serving
from tests.browser.site import ROOT, Site
from tests.browser.test_embeds import Player
from tests.browser.visitor import Looks

IMAGES = ROOT / "docs" / "images"
DOCKERFILE = """FROM python:3.12-slim
WORKDIR /app
COPY app.py .
RUN echo "token=abc123" > .secret
RUN rm .secret && echo "built with care" > built.txt
CMD ["python", "app.py"]
"""
COURSE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Containers, lesson 3</title>
<link rel="icon" href="data:,">
<style>body { max-width: 940px; margin: 20px auto; font: 18px/1.4 Georgia, serif; color: #222 }
h1 { font-size: 28px; margin: 0 } p { margin: 10px 0 }
layercake-player { display: block; border: 1px solid #bbb }</style>
<h1>Lesson 3: Two containers, one image</h1>
<p>Nobody copies an image to start a container. Press play, and watch where a change goes.</p>
<script src="SITE/embed/layercake-player.js"></script>
<layercake-player src="SITE/r/copy-on-write/" title="Copy-on-write in two containers"
  t="e52" height="720" theme="light"></layercake-player></html>
"""
PIXELS = """async address => {
  const image = new Image();
  image.src = address;
  await image.decode();
  const canvas = new OffscreenCanvas(image.width, image.height).getContext("2d");
  canvas.drawImage(image, 0, 0);
  const bytes = canvas.getImageData(0, 0, image.width, image.height).data;
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192)
    text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return [image.width, image.height, btoa(text)];
}"""


def lab(page: Page) -> None:
    """A lab with three containers, the timeline, and a look into the image."""
    at = LabPage(page)
    at.open_fresh()
    at.write_file("Dockerfile", DOCKERFILE)
    at.build()
    names = [at.run() for _ in range(3)]
    at.execute(names[0], "sh -c 'echo milk > note.txt'")
    at.show("stage")
    expect(at.card(names[0]).files).to_contain_text("note.txt")
    at.layers.last.click()
    panel = page.get_by_role("region", name="Layer of RUN rm")
    row = panel.get_by_role("treeitem").filter(has_text=".secret").first
    expect(row).to_be_visible()
    row.click()
    expect(panel).to_contain_text("token=abc123")
    page.mouse.move(1, 1)
    take(page, "lab.png")


def course(page: Page, site: Site, folder: Path) -> None:
    """A recording in a page of somebody else's."""
    (folder / "index.html").write_text(COURSE.replace("SITE", site.address))
    with serving(folder) as address:
        page.goto(address)
        player = Player(page.frame_locator("iframe"))
        expect(player.slider).to_have_attribute("aria-valuenow", "52")
        expect(player.stage.get_by_role("article")).to_have_count(2)
        page.wait_for_load_state("networkidle")
        take(page, "course.png")


def take(page: Page, name: str) -> None:
    """Write what the page shows as a small PNG: few colours are enough for what is drawn here."""
    drawn = b64encode(page.screenshot()).decode()
    blank = page.context.new_page()
    width, height, pixels = blank.evaluate(PIXELS, f"data:image/png;base64,{drawn}")
    blank.close()
    (IMAGES / name).write_bytes(_png(width, height, b64decode(pixels)))


def _png(width: int, height: int, rgba: bytes) -> bytes:
    """A PNG with a palette of the colours that are there most often; others become the nearest."""
    colours = [rgba[at : at + 3] for at in range(0, len(rgba), 4)]
    palette = [colour for colour, _ in Counter(colours).most_common(256)]
    index = {colour: palette.index(_nearest(colour, palette)) for colour in set(colours)}
    flat = bytes(index[colour] for colour in colours)
    # A zero before each row: it is not filtered, which suits palettes.
    rows = b"".join(b"\0" + flat[row * width : (row + 1) * width] for row in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    parts = (
        (b"IHDR", header),
        (b"PLTE", b"".join(palette)),
        (b"IDAT", zlib.compress(rows, 9)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(content))
        + kind
        + content
        + struct.pack(">I", zlib.crc32(kind + content))
        for kind, content in parts
    )


def _nearest(colour: bytes, palette: list[bytes]) -> bytes:
    return min(
        palette, key=lambda each: sum((a - b) ** 2 for a, b in zip(colour, each, strict=True))
    )


def _page(browser: Browser, site: Site) -> Page:
    return visitor.arrive(browser, site.address, Looks(), []).new_page()


def main() -> None:
    """Write them all."""
    path = find_chromium()
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        site = Site(Path(scratch) / "site")
        site.start()
        try:
            lab(_page(browser, site))
            course(_page(browser, site), site, Path(scratch))
        finally:
            site.stop()
            browser.close()


if __name__ == "__main__":
    main()
