"""Recordings over HTTP: the file, the API of their owner, and going on from one in a lab."""

import msgspec
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from visualizer.engine.port import ContextFile
from visualizer.labs import forking, recording_actions, wiring
from visualizer.labs.aside import in_a_row
from visualizer.labs.errors import Invalid, LabError, problem_of
from visualizer.labs.freezing import Order
from visualizer.labs.kept_recordings import Bounds
from visualizer.recordings.format import FILE_BYTES
from visualizer.web import address, owner, pages, problems
from visualizer.web.answers import as_json, revalidated, unchanged, unpacked
from visualizer.web.problems import api_with_token

MEDIA_TYPE = "application/x-ndjson; charset=utf-8"


@require_safe
async def file(request: HttpRequest, id: str) -> HttpResponse:
    """The recording's file, for whoever has its address, also from a page of another site."""
    try:
        kept = await recording_actions.find(id)
    except LabError as error:
        return _shared(problems.as_json(error.problem, problems.status_of(error)))
    response = unchanged(request, kept.etag)
    if response is None:
        response = await unpacked(request, kept.packed, MEDIA_TYPE)
        response["Content-Disposition"] = f'inline; filename="{kept.id}.jsonl"'
    return _shared(revalidated(response, kept.etag))


def _shared(response: HttpResponse) -> HttpResponse:
    response["Access-Control-Allow-Origin"] = "*"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


@api_with_token("POST")
async def preview(request: HttpRequest, lab: str) -> HttpResponse:
    """What would leave the lab; nothing is kept. With `?whole=1` it is the file itself."""
    check_rate(request)
    own, order = owner.of_request(request), _order(request)
    if request.GET.get("whole") == "1":
        return HttpResponse((await recording_actions.frozen(lab, own, order)).plain, MEDIA_TYPE)
    return as_json(await recording_actions.preview(lab, own, order))


@api_with_token("POST")
async def freeze(request: HttpRequest, lab: str) -> HttpResponse:
    """Make the recording: `{"id", "address"}`."""
    check_rate(request)
    own = owner.of_request(request)
    made = await recording_actions.make(lab, own, _order(request), bounds())
    return as_json({"id": made, "address": reverse("recording-page", args=[made])})


@api_with_token("POST")
async def take_in(request: HttpRequest) -> HttpResponse:
    """Import a file, which is the body or the form's `file`: `{"id", "address"}`."""
    check_rate(request)
    own = owner.of_request(request) or owner.new()
    data, name = uploaded(request)
    made = await recording_actions.take_in(own, data, bounds(), name)
    response = as_json({"id": made, "address": reverse("recording-page", args=[made])})
    owner.remember(response, own, request)
    return response


@api_with_token("POST")
async def revoke(request: HttpRequest, id: str) -> HttpResponse:
    """Forget the recording."""
    await recording_actions.revoke(id, owner.of_request(request))
    return as_json({"revoked": id})


@require_POST
async def fork(request: HttpRequest, id: str) -> HttpResponse:
    """Open a lab with the files of the build at the moment `t`, and go there."""
    moment = request.POST.get("t", "") or request.GET.get("t", "")
    try:
        check_rate(request)
        kept = await recording_actions.find(id)
        files: list[ContextFile] | None = await in_a_row(
            lambda: forking.files_at(kept.recorded(), moment[:40], wiring.registry().limits)
        )
    except LabError as error:
        return problems.as_page(request, problem_of(error), problems.status_of(error))
    return await pages.fresh_lab(request, files=files)


def uploaded(request: HttpRequest) -> tuple[bytes, str]:
    """The file that came with the request, and its name if it has one. Raises Invalid."""
    if request.content_type == "multipart/form-data":
        part = request.FILES.get("file")
        if part is None or isinstance(part, list):
            raise _no_file()
        size, name, read = part.size or 0, part.name or "", part.read
    else:
        size, name, read = 0, "", request.read
    data = b"" if size > FILE_BYTES else read(FILE_BYTES + 1)
    if size > FILE_BYTES or len(data) > FILE_BYTES:
        raise too_large()
    if not data:
        raise _no_file()
    return data, name


def too_large() -> Invalid:
    """More than a recording may have."""
    return Invalid(
        "file-too-large",
        "The file is too large.",
        f"A recording has at most {FILE_BYTES // 2**20} MiB.",
        "Make it of a shorter part of the tape.",
    )


def check_rate(request: HttpRequest) -> None:
    """Raises TooMuch when this address asks for too many."""
    if not wiring.registry().recordings_made.take(address.of_request(request)):
        raise recording_actions.too_often()


def bounds() -> Bounds:
    """What may be kept on this site."""
    return recording_actions.bounds_of(wiring.environment())


def _order(request: HttpRequest) -> Order:
    try:
        return msgspec.json.decode(request.body, type=Order)
    except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
        raise Invalid(
            "malformed-order",
            "The site did not understand what is to be recorded.",
            str(error)[:500],
            'Send {"title", "from", "to", "notes": [{"at", "text"}], "blank"} as JSON.',
        ) from None


def _no_file() -> Invalid:
    return Invalid(
        "no-file",
        "There is no file in this request, or it is empty.",
        "A recording is imported from a “.jsonl” file.",
        "Choose one, then import it.",
    )
