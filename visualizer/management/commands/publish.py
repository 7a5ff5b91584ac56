"""`manage.py publish`: a recording as a folder of static files, to be played without Layercake."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from visualizer.labs import kept_recordings, publishing
from visualizer.labs.publishing import CannotPublish
from visualizer.recordings.format import FILE_BYTES

BAD_USAGE = 2


class Command(BaseCommand):
    """Says what it wrote, one file a line."""

    help = (
        "Write RECORDING as a folder of static files that plays from any web server and from "
        "file://, with no Layercake behind it. Exit status 2 when it cannot."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """As the help says."""
        parser.add_argument(
            "recording",
            metavar="RECORDING",
            help="a recording's id, the name of one of our own, or the path of a .jsonl file",
        )
        parser.add_argument("--out", type=Path, required=True, metavar="DIR")
        parser.add_argument(
            "--force", action="store_true", help="write also into a folder that is not empty"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises CommandError with the exit status."""
        out: Path = options["out"]
        try:
            content = _content(options["recording"])
            folder = publishing.folder_of(content, settings.BUILT_FRONT_END)
            publishing.write(folder, out, force=options["force"])
        except CannotPublish as error:
            raise CommandError(str(error), returncode=BAD_USAGE) from None
        for name in folder:
            self.stdout.write(str(out / name))


def _content(asked: str) -> bytes:
    path = Path(asked)
    if path.suffix == ".jsonl" or path.is_file():
        return _read(path)
    kept = kept_recordings.find(asked)
    if kept is None:
        ours = ", ".join(kept_recordings.slugs()) or "none"
        raise CannotPublish(
            f"There is no recording {asked!r} here: it is mistyped, or was taken back. Give the "
            f"last part of its address, one of our own ({ours}), or the path of a .jsonl file."
        )
    return kept.plain


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(FILE_BYTES + 1)
    except OSError as error:
        raise CannotPublish(f"{path} cannot be read: {error.strerror}.") from None
