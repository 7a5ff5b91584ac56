"""The visitor's own recordings: a list of them, importing one, revoking one. Works without
JavaScript."""

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from visualizer.labs import kept_recordings, recording_actions, wiring
from visualizer.labs.database import in_database
from visualizer.labs.errors import LabError, problem_of
from visualizer.labs.kept_recordings import OwnRecording
from visualizer.recordings.format import FILE_BYTES
from visualizer.web import owner, problems
from visualizer.web.recordings import bounds, check_rate, uploaded


@require_http_methods(["GET", "HEAD", "POST"])
async def recordings(request: HttpRequest) -> HttpResponse:
    """GET lists the visitor's recordings, POST imports a further one."""
    own = owner.of_request(request)
    if request.method == "POST":
        return await _take_in(request, own)
    return await _list(request, own)


@require_http_methods(["GET", "HEAD", "POST"])
async def revoke(request: HttpRequest, id: str) -> HttpResponse:
    """GET asks whether it is meant, POST revokes. Only the owner may."""
    own = owner.of_request(request)
    try:
        found = await recording_actions.own(id, own)
        if request.method == "POST":
            await recording_actions.revoke(id, own)
            return HttpResponseRedirect(reverse("recordings"))
    except LabError as error:
        return problems.as_page(request, problem_of(error), problems.status_of(error))
    return render(request, "revoke_recording.html", {"recording": found})


async def _list(
    request: HttpRequest, own: str | None, refusal: Exception | None = None
) -> HttpResponse:
    """The list, with the reason why a file was not imported above it."""
    found: list[OwnRecording] = await in_database(kept_recordings.find_own, own) if own else []
    shown = {
        "recordings": found,
        "most": wiring.environment().recordings_per_owner,
        "largest": FILE_BYTES // 2**20,
        "problem": problem_of(refusal) if refusal else None,
    }
    status = problems.status_of(refusal) if refusal else 200
    return render(request, "recordings.html", shown, status=status)


async def _take_in(request: HttpRequest, own: str | None) -> HttpResponse:
    holder = own or owner.new()
    try:
        check_rate(request)
        data, name = uploaded(request)
        made = await recording_actions.take_in(holder, data, bounds(), name)
    except (LabError, OperationalError) as error:
        return await _list(request, own, error)
    response = HttpResponseRedirect(reverse("recording-page", args=[made]))
    owner.remember(response, holder, request)
    return response
