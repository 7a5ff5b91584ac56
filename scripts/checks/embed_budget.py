"""The size budget of what other people's pages load: the player of an embed, and the element."""

import sys
from pathlib import Path

from scripts.checks.budget import compressed

PLAYER_BYTES = 60_000
"""Script and style together, as brotli sends them."""
ELEMENT_BYTES = 2_000
"""The script of `<layercake-player>` as it is: it may be copied to a server that packs nothing."""


def main(built: Path) -> int:
    """Print what they weigh; 1 when one is over its budget or is not built."""
    folder = built / "embed"
    player = {path.name: compressed(path) for path in _files(folder, "player-*")}
    element = {path.name: path.stat().st_size for path in _files(folder, "layercake-player.*")}
    if sorted(Path(name).suffix for name in player) != [".css", ".js"] or len(element) != 1:
        print(f"The player is not built, or is not one script and one style, in {folder}.")
        return 1
    within = [
        _told("player", player, PLAYER_BYTES, "compressed"),
        _told("element", element, ELEMENT_BYTES, "not compressed"),
    ]
    return 0 if all(within) else 1


def _files(folder: Path, pattern: str) -> list[Path]:
    return sorted(path for path in folder.glob(pattern) if path.suffix in (".js", ".css"))


def _told(what: str, sizes: dict[str, int], budget: int, how: str) -> bool:
    for name, size in sizes.items():
        print(f"  {size / 1000:7.1f} kB  {name} ({how})")
    total = sum(sizes.values())
    verdict = "within" if total <= budget else "OVER"
    print(f"{what.capitalize()}: {total / 1000:.1f} kB, {verdict} {budget / 1000:.0f} kB")
    return total <= budget


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
