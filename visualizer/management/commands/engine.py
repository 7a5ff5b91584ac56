"""`manage.py engine`: the site's private Docker Engine, brought up, looked at and taken down."""

import asyncio
import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from visualizer.engine import private
from visualizer.engine.private import Configuration, Place, PrivateEngineError
from visualizer.engine.private.configuration import DISKS
from visualizer.engine.private.doctor import Finding, examine, in_a_line, passed, summary
from visualizer.engine.private.status import in_words
from visualizer.engine.provisioning.errors import ProvisioningFailed
from visualizer.environment import Environment
from visualizer.labs import wiring
from visualizer.management import provisioning


class Command(BaseCommand):
    """One action each; what it does is in `visualizer/engine/private`."""

    help = "The site's private Docker Engine."

    def add_arguments(self, parser: CommandParser) -> None:
        """The actions."""
        actions = parser.add_subparsers(dest="action", required=True)
        up = actions.add_parser("up", help="start it, if it is not up")
        up.add_argument("--foreground", action="store_true", help="stay with it until Ctrl-C")
        actions.add_parser("down", help="stop it; its images stay")
        doctor = actions.add_parser("doctor", help="try each protection; exit code 1 if one fails")
        doctor.add_argument("--json", action="store_true")
        doctor.add_argument("--anyway", action="store_true", help="also while labs are at work")
        status = actions.add_parser("status", help="say how it is; exit code 3 when it is down")
        status.add_argument("--json", action="store_true")
        provisioning.add_arguments(actions)

    def handle(self, *args: Any, action: str, **options: Any) -> None:
        """Raises CommandError, with what to try."""
        here = wiring.environment()
        place = Place.below(here.data)
        try:
            getattr(self, f"_{action}")(here, place, options)
        except (PrivateEngineError, ProvisioningFailed) as error:
            raise CommandError(str(error)) from None

    def _up(self, here: Environment, place: Place, options: dict[str, Any]) -> None:
        if options["foreground"]:
            private.run(place, configuration(here))
            return
        self.stdout.write(private.up(place, configuration(here)))
        for note in private.status(place).notes:
            self.stdout.write(f"Note: {note}")

    def _down(self, here: Environment, place: Place, options: dict[str, Any]) -> None:
        self.stdout.write(private.down(place))

    def _status(self, here: Environment, place: Place, options: dict[str, Any]) -> None:
        found = private.status(place)
        shown = json.dumps(found.as_dict()) if options["json"] else "\n".join(in_words(found))
        self.stdout.write(shown)
        if not found.running:
            raise SystemExit(3)

    def _images(self, here: Environment, place: Place, options: dict[str, Any]) -> None:
        provisioning.images(here, place, options, self._say)

    def _install(self, here: Environment, place: Place, options: dict[str, Any]) -> None:
        provisioning.install(self._say)

    def _say(self, text: str) -> None:
        """At once, also when the output is a pipe: some of this takes minutes."""
        self.stdout.write(text)
        self.stdout.flush()

    def _doctor(self, here: Environment, place: Place, options: dict[str, Any]) -> None:
        def tell(finding: Finding) -> None:
            if not options["json"]:
                self.stdout.write(in_a_line(finding))
                self.stdout.flush()

        findings = asyncio.run(examine(place, tell, anyway=options["anyway"]))
        listed = [asdict(finding) for finding in findings]
        self.stdout.write(json.dumps(listed) if options["json"] else summary(findings))
        if not passed(findings):
            raise SystemExit(1)


def configuration(here: Environment) -> Configuration:
    """What the engine may use, of the site's settings. Raises PrivateEngineError."""
    if here.private_disk not in DISKS:
        raise PrivateEngineError(
            f"LAYERCAKE_PRIVATE_DISK is {here.private_disk!r}.", "",
            f"Set it to one of: {', '.join(DISKS)}.",
        )  # fmt: skip
    return Configuration(
        disk_bytes=here.private_disk_bytes,
        memory_bytes=here.private_memory_bytes,
        cpus=here.private_cpus,
        pids=here.private_pids,
        group=here.private_group,
        disk=here.private_disk,
    )
