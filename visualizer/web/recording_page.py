"""`/r/<id>/`: a recording's page, public to whoever has its address."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from visualizer.labs import kept_recordings, wiring
from visualizer.labs.aside import aside
from visualizer.labs.database import in_database
from visualizer.labs.kept_recordings import Kept
from visualizer.labs.recording_actions import no_such_recording
from visualizer.recordings.format import Header
from visualizer.web import owner, pages, problems


@require_safe
async def page(request: HttpRequest, recording: str) -> HttpResponse:
    """The recording with everything around it: play, fork, share, export; revoke for its owner."""
    kept = await in_database(kept_recordings.find, recording)
    if kept is None:
        return problems.as_page(request, no_such_recording().problem, 404)
    if not pages.is_built():
        return render(request, "not_built.html", status=503)
    # Unpacked on a thread: a long one takes a moment.
    header = await aside(lambda: kept.header)
    address = request.build_absolute_uri(reverse("recording-page", args=[kept.id]))
    shown = {
        "boot": _boot(request, kept, header, address),
        "recording": kept,
        "header": header,
        "made_at": parse_datetime(header.made_at) if header.made_at else None,
        "address": address,
        "still": request.build_absolute_uri(reverse("still", args=[kept.id])),
        "oembed": f"{request.build_absolute_uri(reverse('oembed'))}?{urlencode({'url': address})}",
    }
    return render(request, "recording.html", shown)


def _boot(request: HttpRequest, kept: Kept, header: Header, address: str) -> dict[str, Any]:
    visitor = owner.visitor(owner.of_request(request))
    return {
        "id": kept.id,
        "title": kept.title,
        "description": header.description,
        "madeAt": header.made_at,
        "file": f"/r/{kept.id}.jsonl",
        "address": address,
        "fork": f"/r/{kept.id}/fork",
        "included": [file.sha256 for file in header.files],
        "revoke": f"/api/recordings/{kept.id}/revoke",
        "recordings": "/recordings/",
        "owner": not kept.own and visitor.owns(kept.owner_hash),
        "liveEmbeds": wiring.environment().live_embeds,
        "csrf": get_token(request),
    }
