"""The ASGI application: pages and the API through Django, sockets through Channels."""

import os

from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "visualizer.settings")
http = get_asgi_application()

# Only now: what follows needs the applications to be loaded.
from visualizer.labs import wiring  # noqa: E402
from visualizer.routing import websocket_urlpatterns  # noqa: E402
from visualizer.web.origins import OriginGate  # noqa: E402

application = ProtocolTypeRouter(
    {
        "http": http,
        "websocket": OriginGate(URLRouter(websocket_urlpatterns), wiring.environment().origins),
    }
)
