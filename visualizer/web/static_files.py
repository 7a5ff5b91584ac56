"""WhiteNoise on an event loop: the built front end, with caching and compression."""

import asyncio
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from whitenoise.middleware import WhiteNoiseMiddleware


class StaticFiles(WhiteNoiseMiddleware):  # type: ignore[misc]
    """WhiteNoise's middleware knows no async; as it is it would cost a thread for each page."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Any) -> None:
        super().__init__(get_response)
        self._async = iscoroutinefunction(get_response)
        if self._async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Any:
        """A file when the path names one, and otherwise what comes next."""
        return self._answer(request) if self._async else super().__call__(request)

    def immutable_file_test(self, path: str, url: str) -> bool:
        """Vite writes a hash into the names under `assets/`, and into those of the player."""
        prefix = self.static_prefix
        return url.startswith((f"{prefix}assets/", f"{prefix}embed/player-"))

    def add_mime_headers(self, headers: Any, path: str, url: str) -> None:
        """The player of embeds is loaded by frames that have no origin, and so not this one."""
        super().add_mime_headers(headers, path, url)
        if url.startswith(f"{self.static_prefix}embed/"):
            headers["Cross-Origin-Resource-Policy"] = "cross-origin"

    @staticmethod
    def serve(static_file: Any, request: HttpRequest) -> HttpResponse:
        """Whole files: they are small, and a file that streams blocks the event loop."""
        found = static_file.get_response(request.method, request.META)
        content = b""
        if found.file is not None:
            with found.file:
                content = found.file.read()
        response = HttpResponse(content, status=int(found.status))
        del response["content-type"]
        for name, value in found.headers:
            response[name] = value
        if found.file is not None:
            # It may have been written anew since it was looked up.
            response["Content-Length"] = str(len(content))
        return response

    async def _answer(self, request: HttpRequest) -> HttpResponseBase:
        # Pages are not looked for on the disk, which takes a thread.
        if request.path_info.startswith(self.static_prefix):
            found = await asyncio.to_thread(self._found, request)
            if found is not None:
                return found
        response: HttpResponseBase = await self.get_response(request)
        return response

    def _found(self, request: HttpRequest) -> HttpResponse | None:
        """The file as it is now. None when there is none, or when it went just now."""
        static_file = self.find_file(request.path_info)
        try:
            return None if static_file is None else self.serve(static_file, request)
        except FileNotFoundError:
            return None
