"""Where requests go."""

from django.contrib import admin
from django.urls import path

from visualizer.web import (
    api,
    embedding,
    embeds,
    live_embeds,
    oembed,
    own_labs,
    own_recordings,
    pages,
    recording_page,
    recordings,
    stills,
    taking_over,
    xray,
)

urlpatterns = [
    path("", pages.front, name="front"),
    path("lab/", pages.own_lab, name="own-lab"),
    path("lab/<str:lab>/", pages.lab, name="lab"),
    path("lab/<str:lab>/take/", taking_over.page, name="take-over-lab"),
    path("labs/", own_labs.labs, name="labs"),
    path("labs/<str:lab>/delete/", own_labs.delete, name="delete-lab"),
    path("recordings/", own_recordings.recordings, name="recordings"),
    path("recordings/<str:id>/revoke/", own_recordings.revoke, name="revoke-recording"),
    path("r/<str:id>.jsonl", recordings.file, name="recording-file"),
    path("r/<str:id>/fork", recordings.fork, name="fork-recording"),
    path("r/<str:recording>/", recording_page.page, name="recording-page"),
    path("r/<str:recording>/still.svg", stills.still_picture, name="still"),
    path("r/<str:recording>/qr.svg", stills.qr_code, name="qr"),
    path("embedding/", embedding.page, name="embedding"),
    path("oembed", oembed.oembed, name="oembed"),
    path("embed/lab", live_embeds.page, name="live-embed"),
    path("embed/lab/open", live_embeds.open_lab, name="open-live-embed"),
    path("embed/layercake-player.js", embeds.element, name="embed-element"),
    path("embed/<str:id>", embeds.page, name="embed"),
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
    path("api/labs/<str:lab>/xray/read", xray.read),
    path("api/labs/<str:lab>/xray/<str:subject>/<path:ref>", xray.look),
    path("api/labs/<str:lab>/kept/<str:sha256>", api.kept),
    path("api/labs/<str:lab>/owner", taking_over.take_over, name="lab-owner"),
    path("api/labs/<str:lab>/recordings/preview", recordings.preview),
    path("api/labs/<str:lab>/recordings", recordings.freeze),
    path("api/recordings", recordings.take_in),
    path("api/recordings/<str:id>/revoke", recordings.revoke),
    path("admin/", admin.site.urls),
]

handler400 = "visualizer.web.problems.bad_request"
handler403 = "visualizer.web.problems.forbidden"
handler404 = "visualizer.web.problems.not_found"
handler500 = "visualizer.web.problems.server_error"
