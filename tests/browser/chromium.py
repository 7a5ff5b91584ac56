"""How Chromium is started: by a script that takes from it what no test looks at."""

import shlex
import sys
from pathlib import Path

UNSEEN = ("WebUIOmniboxPopup", "WebUIOmniboxAimPopup")
"""The list below the address bar: two pages of Chromium's own behind each of ours, whose renderer
takes longer to start than the lab's page. Without a window nobody ever opens it."""

# Of two such options Chromium heeds the last alone, so Playwright's cannot be added to by another.
SCRIPT = """#!/bin/sh
for each do
    shift
    case $each in --disable-features=*) each=$each,{unseen} ;; esac
    set -- "$@" "$each"
done
exec {path} "$@"
"""


def sparing(path: str, folder: Path) -> str:
    """A program in this folder that is Chromium with less of what nobody sees."""
    if sys.platform == "win32":
        return path
    script = folder / "chromium"
    script.write_text(SCRIPT.format(unseen=",".join(UNSEEN), path=shlex.quote(path)))
    script.chmod(0o755)
    return str(script)
