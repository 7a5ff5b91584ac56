"""`manage.py serve`: the site on daphne, parked in order when it is told to stop."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.migrations.executor import MigrationExecutor

from visualizer import lock
from visualizer.environment import BadEnvironment
from visualizer.labs import wiring


class Command(BaseCommand):
    """Serves until it gets SIGTERM or Ctrl-C."""

    help = "Serve the site. Ctrl-C or SIGTERM parks every lab first."

    def add_arguments(self, parser: CommandParser) -> None:
        """Where to listen."""
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
        parser.add_argument("--port", default=8000, type=int, help="0 takes any free port")

    def handle(self, *args: Any, host: str, port: int, **options: Any) -> None:
        """Raises CommandError when it cannot start."""
        here = wiring.environment()
        if not 0 <= port <= 65535:
            raise CommandError(
                f"{port} is not a port; give a number from 0 to 65535.", returncode=2
            )
        try:
            held = lock.hold(here.data)
            engines = wiring.set_up(host).engines
        except lock.InUse as error:
            raise CommandError(f"The site cannot start: {error}. Stop that one first.") from None
        except BadEnvironment as error:
            raise CommandError(str(error)) from None
        _check_migrations()
        # Here and not above: it installs Twisted's reactor.
        from visualizer.asgi import application
        from visualizer.web.serving import SiteServer

        self.stdout.write(f"Labs are opened on: {engines.usual.title}. {engines.why}")
        server = SiteServer(
            application,
            host,
            port,
            listening=lambda found: self._say(host, found),
            starting=wiring.start,
            ending=wiring.shut_down,
        )
        with held:
            server.run()
        if server.failed:
            raise CommandError(f"The site cannot listen on {host}, port {port}: {server.failed}")

    def _say(self, host: str, port: int) -> None:
        shown = "127.0.0.1" if host in ("0.0.0.0", "::", "") else host  # noqa: S104
        shown = f"[{shown}]" if ":" in shown else shown
        self.stdout.write(f"Layercake is at http://{shown}:{port}/ (Ctrl-C stops it)")
        self.stdout.flush()


def _check_migrations() -> None:
    executor = MigrationExecutor(connections[DEFAULT_DB_ALIAS])
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise CommandError("The database is not up to date. Run: python manage.py migrate")
    connections.close_all()
