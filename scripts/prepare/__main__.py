"""`python -m scripts.prepare`: the set-up of the site alone, as the user who types it."""

import sys

from scripts.prepare import entry


def main() -> int:
    """Everything that has to be there before the site runs; the exit status."""
    entry.set_up()
    return 0


if __name__ == "__main__":
    sys.exit(entry.told(main))
