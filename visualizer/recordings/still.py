"""A moment of a recording as an SVG picture: for a link, a preview, a page without scripts.

It stands by itself: system fonts, its own style, no script, nothing fetched.
"""

import re
import textwrap
from collections.abc import Iterator, Sequence
from xml.sax.saxutils import escape

from visualizer.recordings.format import Recorded
from visualizer.recordings.picture import Container, Layer, Picture, fold

WIDTH = 800
MARGIN = 32
INNER = WIDTH - 2 * MARGIN
SLAB, GAP = 40, 5
CARD, CARDS_A_ROW, MOST_CARDS = 84, 3, 6
MOST_SLABS = 14
"""Of a taller stack the middle is left out, and said so."""

KINDS = {"FROM": "from", "RUN": "run", "COPY": "copy", "ADD": "copy", "WORKDIR": "workdir"}
SIZES = ("kB", "MB", "GB", "TB")
_UNSAFE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TURNS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")

LIGHT = (
    "--ground:#f4f6f8;--ink:#16202b;--quiet:#485665;--line:#7d8b99;"
    "--warm:#fff3d6;--edge:#a87300;--bad:#a33b00;--off:#e3e8ed;"
)
DARK = (
    "--ground:#131a21;--ink:#e9eef3;--quiet:#a9b6c3;--line:#74859a;"
    "--warm:#35280c;--edge:#a87300;--bad:#ff9d6e;--off:#2c3844;"
)
STYLE = """
text{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",Arial,sans-serif}
text{fill:var(--ink)}
.code{font-family:ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace}
.title{font-size:24px;font-weight:700}
.words{font-size:14px}
.small{font-size:12px}
.bold{font-weight:700}
.quiet{fill:var(--quiet)}
.bad{fill:var(--bad)}
.ground{fill:var(--ground)}
.card{fill:var(--warm);stroke:var(--edge);stroke-width:2}
.card.off{fill:var(--off);stroke:var(--line);stroke-dasharray:5 4}
.tie{stroke:var(--line);stroke-width:2}
.lock{fill:none;stroke:currentColor;stroke-width:1.6}
.from{fill:#0072b2;color:#fff}.run{fill:#cc79a7;color:#1d0a14}.copy{fill:#009e73;color:#00150f}
.workdir{fill:#56b4e9;color:#04141f}.commit,.other{fill:#5b6874;color:#fff}
text.on-from,text.on-commit,text.on-other{fill:#fff}
text.on-run,text.on-copy,text.on-workdir{fill:#04141f}
"""


def still(recorded: Recorded, position: int | None = None, theme: str = "auto") -> str:
    """The picture at this position, at the end without one; `theme` is light, dark or auto."""
    head = len(recorded.events)
    at = head if position is None else min(max(position, recorded.header.begins, 0), head)
    return draw(fold(recorded.events[:at]), recorded.header.title, theme)


def dimensions(svg: str) -> tuple[int, int]:
    """Width and height of a still."""
    found = re.search(r'width="(\d+)" height="(\d+)"', svg)
    return (int(found[1]), int(found[2])) if found else (WIDTH, WIDTH)


def draw(picture: Picture, title: str, theme: str = "auto") -> str:
    """A moment of a lab as SVG, with this title."""
    lines = textwrap.wrap(_plain(title) or "A recording", 46, max_lines=2, placeholder="…")
    parts = [_text(MARGIN, 52 + 30 * n, line, "title") for n, line in enumerate(lines)]
    y = 52 + 30 * len(lines)
    parts.append(_text(MARGIN, y, _summary(picture), "words quiet"))
    body, bottom = _body(picture, y + 24)
    height = bottom + 52
    parts += [*body, _text(MARGIN, height - 20, _credit(picture), "small quiet")]
    label = _plain(f"{title or 'A recording'}. {_summary(picture)}")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
        f'viewBox="0 0 {WIDTH} {height}" role="img" aria-labelledby="t">'
        f'<title id="t">{_escaped(label)}</title><style>{_colours(theme)}{STYLE}</style>'
        f'<rect class="ground" width="{WIDTH}" height="{height}"/>{"".join(parts)}</svg>\n'
    )


def size(count: int) -> str:
    """`950 B`, `1.2 kB`, `34 MB`: by thousands, as the page and Docker print them."""
    if count < 1000:
        return f"{max(0, count)} B"
    value, unit = count / 1000, 0
    while value >= 999.95 and unit < len(SIZES) - 1:
        value, unit = value / 1000, unit + 1
    digits = f"{value:.1f}".removesuffix(".0") if value < 100 else f"{value:.0f}"
    return f"{digits} {SIZES[unit]}"


def _body(picture: Picture, top: int) -> tuple[list[str], int]:
    """Containers over the stack that they stand on, and where it all ends."""
    image, build = picture.focus(), picture.latest_build()
    layers = picture.stack(image) if image else picture.so_far(build) if build else []
    on_it = [c for c in picture.containers.values() if image and c.image == image.digest]
    parts: list[str] = []
    y = top
    for row in _rows(on_it[:MOST_CARDS]):
        parts += _cards(row, y)
        y += CARD + 16
    if not layers:
        parts.append(
            _text(MARGIN, y + 20, "No layer yet: nothing was built so far.", "words quiet")
        )
        return parts, y + 40
    for layer in _shown(layers):
        parts += _slab(layer, y) if layer else [_left_out(len(layers), y)]
        y += SLAB + GAP
    return parts, y


def _rows(containers: Sequence[Container]) -> list[Sequence[Container]]:
    """The oldest stands next to the image, at the left."""
    starts = range(0, len(containers), CARDS_A_ROW)
    return [containers[at : at + CARDS_A_ROW] for at in starts][::-1]


def _cards(row: Sequence[Container], y: int) -> Iterator[str]:
    width = (INNER - (CARDS_A_ROW - 1) * 16) // CARDS_A_ROW
    for number, container in enumerate(row):
        x = MARGIN + number * (width + 16)
        runs = container.state in ("running", "paused")
        middle = x + width // 2
        yield f'<path class="tie" d="M{middle} {y + CARD}v16"/>'
        shape = f'x="{x}" y="{y}" width="{width}" height="{CARD}" rx="6"'
        yield f'<rect class="card{"" if runs else " off"}" {shape}/>'
        yield _text(x + 12, y + 26, _cut(container.name, 24), "words bold")
        yield _text(x + 12, y + 47, _state(container), "small")
        files = "no file changed" if not container.changes else _count(container.changes, "change")
        own = f"own layer {size(container.writable_size)}, {files}"
        yield _text(x + 12, y + 68, own, "small quiet")


def _slab(layer: Layer, y: int) -> list[str]:
    keyword = layer.instruction or "layer"
    kind = KINDS.get(keyword, "commit" if keyword == "COMMIT" else "other")
    rest = layer.text[len(keyword) :] if layer.text.upper().startswith(keyword) else layer.text
    on = f"on-{kind}"
    return [
        f'<rect class="{kind}" x="{MARGIN}" y="{y}" width="{INNER}" height="{SLAB}" rx="5"/>',
        _text(MARGIN + 14, y + 25, keyword, f"words bold {on}"),
        _text(MARGIN + 104, y + 25, _cut(rest, 58), f"words code {on}"),
        _text(WIDTH - MARGIN - 40, y + 25, size(layer.size), f"words {on}", "end"),
        f'<g class="{kind}" transform="translate({WIDTH - MARGIN - 28} {y + 12})">'
        '<rect class="lock" x="1" y="7" width="12" height="9" rx="1.5"/>'
        '<path class="lock" d="M3.5 7V4.5a3.5 3.5 0 0 1 7 0V7"/></g>',
    ]


def _shown(layers: Sequence[Layer]) -> list[Layer | None]:
    """From the top; None stands for those left out."""
    if len(layers) <= MOST_SLABS:
        return list(reversed(layers))
    return [*reversed(layers[-(MOST_SLABS - 4) :]), None, *reversed(layers[:3])]


def _left_out(count: int, y: int) -> str:
    words = f"… {count - (MOST_SLABS - 1)} more layers …"
    return _text(WIDTH // 2, y + 25, words, "words quiet", "middle")


def _summary(picture: Picture) -> str:
    """What is there, in one line."""
    image, build = picture.focus(), picture.latest_build()
    if image is None:
        if build is None:
            return "An empty lab."
        ends = {"failed": "failed", "cancelled": "was called off", "queued": "waits for its turn"}
        return f"Build {build.build} {ends.get(build.state, 'is running')}. There is no image yet."
    layers = picture.stack(image)
    name = image.tags[0] if image.tags else image.digest.removeprefix("sha256:")[:12]
    total = size(sum(layer.size for layer in layers))
    words = f"{_cut(name, 40)}: {_count(len(layers), 'read-only layer')}, {total}"
    on_it = sum(c.image == image.digest for c in picture.containers.values())
    others = len(picture.containers) - on_it
    if on_it:
        words += f"; {_count(on_it, 'container')} on it"
        words += f", {MOST_CARDS} drawn" if on_it > MOST_CARDS else ""
    if others:
        words += f"; {others} on other images"
    return f"{words}."


def _state(container: Container) -> str:
    if container.state == "exited":
        return f"exited with {container.exit_code}"
    return container.state


def _credit(picture: Picture) -> str:
    engine = picture.engine
    if engine is None:
        return "Layercake recording"
    kind = "Embedded engine (simulated userland)" if engine.simulated else engine.name
    version = "" if engine.simulated else engine.version.partition("+")[0]
    words = kind if not version or version in kind else f"{kind} {version}"
    return f"Layercake recording · made on {_cut(words, 60)}"


def _colours(theme: str) -> str:
    if theme in ("light", "dark"):
        return f":root{{{LIGHT if theme == 'light' else DARK}}}"
    return f":root{{{LIGHT}}}@media(prefers-color-scheme:dark){{:root{{{DARK}}}}}"


def _text(x: int, y: int, words: str, style: str, anchor: str = "start") -> str:
    return (
        f'<text class="{style}" x="{x}" y="{y}" text-anchor="{anchor}">'
        f"{_escaped(_plain(words))}</text>"
    )


def _cut(text: str, most: int) -> str:
    line = _plain(text)
    return line if len(line) <= most else f"{line[: most - 1].rstrip()}…"


def _count(number: int, one: str) -> str:
    return f"{number} {one}" if number == 1 else f"{number} {one}s"


def _plain(text: str) -> str:
    """On one line, without what XML cannot hold or what turns the direction of writing."""
    return " ".join(_TURNS.sub("", _UNSAFE.sub("�", text)).split())


def _escaped(text: str) -> str:
    return escape(text, {'"': "&quot;", "'": "&#39;"})
