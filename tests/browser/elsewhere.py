"""A page of somebody else's: a tiny web server on another origin, which knows nothing of the site.

The site is on 127.0.0.1 and this on localhost: to a browser two sites, not two ports of one.
"""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Elsewhere:
    """Serves what `pages` has, by path. `address` has no slash at its end."""

    def __init__(self, pages: Mapping[str, str]) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(pages))
        self.address = f"http://localhost:{self._server.server_port}"

    @contextmanager
    def serving(self) -> Iterator["Elsewhere"]:
        """Up for as long as this is held."""
        thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()
            thread.join()


def _handler(pages: Mapping[str, str]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            text = pages.get(self.path.partition("?")[0])
            self.send_response(404 if text is None else 200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write((text or "").encode())

        def log_message(self, *_: object) -> None:
            pass

    return Handler
