"""The answer to a socket at an address that has none: a refused handshake, not an error."""

from channels.exceptions import DenyConnection
from channels.generic.websocket import AsyncWebsocketConsumer


class NowhereConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]
    """Refuses every handshake."""

    async def connect(self) -> None:
        """Browsers see a failed handshake (403)."""
        raise DenyConnection
