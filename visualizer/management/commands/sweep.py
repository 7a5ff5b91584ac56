"""`manage.py sweep`: deletes labs that nobody has opened for a long time."""

import asyncio
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from visualizer import lock
from visualizer.environment import BadEnvironment
from visualizer.labs import wiring
from visualizer.labs.database import close_connections


class Command(BaseCommand):
    """For a site that is stopped; one that runs sweeps by itself."""

    help = "Delete labs that were not opened for LAYERCAKE_KEEP_DAYS days (30 if not set)."

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises CommandError while the site runs."""
        try:
            held = lock.hold(wiring.environment().data)
        except lock.InUse:
            raise CommandError(
                "The site is running, and deletes old labs by itself every "
                "LAYERCAKE_SWEEP_SECONDS (6 hours if not set). Nothing to do here."
            ) from None
        with held:
            try:
                wiring.set_up("127.0.0.1")  # Nobody can reach a site that is stopped.
            except BadEnvironment as error:
                raise CommandError(str(error)) from None
            count = asyncio.run(_sweep())
        self.stdout.write(f"deleted {count} lab{'' if count == 1 else 's'}")


async def _sweep() -> int:
    try:
        return await wiring.registry().sweep()
    finally:
        await wiring.shut_down()
        close_connections()
