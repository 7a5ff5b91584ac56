"""Where requests go."""

from django.contrib import admin
from django.urls import path

from visualizer.web import api, own_labs, pages

urlpatterns = [
    path("", pages.front, name="front"),
    path("lab/", pages.own_lab, name="own-lab"),
    path("lab/<str:lab>/", pages.lab, name="lab"),
    path("labs/", own_labs.labs, name="labs"),
    path("labs/<str:lab>/delete/", own_labs.delete, name="delete-lab"),
    path("recordings/first-image.jsonl", pages.recording, name="recording"),
    path("favicon.ico", pages.favicon),
    path("robots.txt", pages.robots),
    path("healthz", api.health, name="health"),
    path("api/catalogue", api.catalogue),
    path("api/diagnose", api.diagnose),
    path("api/engines", api.engines),
    path("api/labs/<str:lab>/events", api.events),
    path("api/labs/<str:lab>/events.jsonl", api.export),
    path("api/labs/<str:lab>/files", api.files),
    path("api/labs/<str:lab>/inspect/<path:ref>", api.inspect),
    path("api/labs/<str:lab>/containers/<str:ref>/changes", api.changes),
    path("api/labs/<str:lab>/layers/<str:digest>/files", api.layer_files),
    path("api/labs/<str:lab>/read", api.read),
    path("admin/", admin.site.urls),
]

handler400 = "visualizer.web.problems.bad_request"
handler403 = "visualizer.web.problems.forbidden"
handler404 = "visualizer.web.problems.not_found"
handler500 = "visualizer.web.problems.server_error"
