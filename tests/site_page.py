"""A browser's page on a lab of a real site, as far as its socket goes."""

import json
from contextlib import ExitStack
from typing import Any

from websockets.sync.client import connect
from websockets.typing import Origin

from tests.site_process import Site


class Page:
    """A browser's page on a lab, over a real socket."""

    def __init__(
        self, stack: ExitStack, site: Site, lab: str, cookie: str = "", after: int = 0
    ) -> None:
        address = f"ws://127.0.0.1:{site.port}/ws/labs/{lab}/?after={after}"
        headers = {"Cookie": cookie} if cookie else {}
        opened = connect(
            address,
            origin=Origin(site.address),
            additional_headers=headers,
            close_timeout=0.2,
            # A site on a busy machine may be late with its answer to a ping, and is none the worse.
            ping_interval=None,
        )
        self.socket = stack.enter_context(opened)
        self.events: list[dict[str, Any]] = []

    def event(self, kind: str, **fields: Any) -> dict[str, Any]:
        """Wait for an event."""

        def found() -> dict[str, Any] | None:
            for event in self.events:
                if event["type"] == kind and all(event[k] == v for k, v in fields.items()):
                    return event
            return None

        while (event := found()) is None:
            self._receive()
        return event

    def ask(self, kind: str, **fields: Any) -> dict[str, Any]:
        """Send a command and wait for its answer."""
        self.socket.send(json.dumps({"type": kind, "ref": kind, **fields}))
        while (frame := self._receive())["frame"] not in ("done", "error"):
            pass
        assert frame["frame"] == "done", frame
        return dict(frame["result"])

    def _receive(self) -> dict[str, Any]:
        frame: dict[str, Any] = json.loads(self.socket.recv(timeout=120))
        self.events += frame.get("events", [])
        return frame


def dockerfile(text: str) -> list[dict[str, str]]:
    """The files of a build that has only this one."""
    return [{"path": "Dockerfile", "text": text}]
