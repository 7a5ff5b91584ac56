"""Where sockets go."""

from django.urls import path

from visualizer.web.consumers import LabConsumer
from visualizer.web.nowhere import NowhereConsumer

websocket_urlpatterns = [
    path("ws/labs/<str:lab>/", LabConsumer.as_asgi()),
    path("<path:path>", NowhereConsumer.as_asgi()),
]
