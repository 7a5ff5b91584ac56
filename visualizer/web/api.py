"""The API over HTTP: the tape, the files, and the engine's own words. It changes nothing.

A lab's address is a capability: who has it may read all of this.
"""

from collections.abc import AsyncIterator
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse

from visualizer.labs import diagnosing, journal, kept_files, opening, wiring, workspace
from visualizer.labs.actions import too_fast
from visualizer.labs.database import in_database
from visualizer.labs.errors import Invalid, no_such_lab
from visualizer.labs.runner import Runner
from visualizer.web import address
from visualizer.web.answers import as_json
from visualizer.web.problems import api

READ_BYTES = 64 * 1024
LAYER_PAGE = 500


@api("GET")
async def events(request: HttpRequest, lab: str) -> HttpResponse:
    """The tape after `after`: `{"events": […], "next": the `after` of the next page}`."""
    after = _number(request, "after", 0, 1 << 53)
    limit = _number(request, "limit", journal.PAGE_EVENTS, journal.PAGE_EVENTS)
    await _exists(lab)
    page = await in_database(journal.read, lab, after, max(1, limit))
    last = page[-1].seq if page else after
    bodies = ",".join(entry.body for entry in page)
    return HttpResponse(f'{{"events":[{bodies}],"next":{last}}}', "application/json")


@api("GET")
async def export(request: HttpRequest, lab: str) -> StreamingHttpResponse:
    """The whole tape as JSON lines, to keep."""
    await _exists(lab)
    response = StreamingHttpResponse(_lines(lab), content_type="application/x-ndjson")
    response["Content-Disposition"] = f'attachment; filename="lab-{lab}.jsonl"'
    return response


async def _lines(lab: str) -> AsyncIterator[str]:
    after = 0
    while page := await in_database(journal.read, lab, after):
        yield "".join(f"{entry.body}\n" for entry in page)
        after = page[-1].seq


@api("GET")
async def files(request: HttpRequest, lab: str) -> HttpResponse:
    """The files of the editor."""
    await _exists(lab)
    found = await in_database(workspace.load, lab)
    return as_json({"files": [workspace.as_source(file) for file in found]})


@api("GET")
async def inspect(request: HttpRequest, lab: str, ref: str) -> HttpResponse:
    """A container or an image in the engine's own words."""
    return as_json(await (await _runner(lab)).engine.inspect(ref))


@api("GET")
async def changes(request: HttpRequest, lab: str, ref: str) -> HttpResponse:
    """What a container's writable layer holds, as `docker diff` tells it."""
    return as_json({"changes": list(await (await _runner(lab)).engine.changes(ref))})


@api("GET")
async def layer_files(request: HttpRequest, lab: str, digest: str) -> HttpResponse:
    """What a layer holds, sorted, after the path `after`; `next` is null at the end."""
    after = request.GET.get("after", "")[:4096]
    runner = await _runner(lab)
    found = list(await runner.engine.layer_files(digest, after, LAYER_PAGE))
    following = found[-1].path if len(found) == LAYER_PAGE else None
    return as_json({"files": found, "next": following})


@api("GET")
async def read(request: HttpRequest, lab: str) -> HttpResponse:
    """A file as text; `binary` when it is none, `truncated` when it is longer than is shown."""
    ref, path = request.GET.get("ref", "")[:255], request.GET.get("path", "")[:4096]
    if not ref or not path or "\x00" in path:
        raise Invalid("bad-path", "The path is missing or wrong.", "", "Give `ref` and `path`.")
    content = await (await _runner(lab)).engine.read_file(ref, path, READ_BYTES + 1)
    return as_json(_shown(content))


@api("GET")
async def kept(request: HttpRequest, lab: str, sha256: str) -> HttpResponse:
    """A file that a build was given, by the sha256 of its content, in the shape of `read`."""
    await _exists(lab)
    return as_json(_shown(await in_database(kept_files.one, lab, sha256)))


def _shown(content: bytes) -> dict[str, Any]:
    shown = content[:READ_BYTES]
    binary = b"\x00" in shown
    text = "" if binary else shown.decode("utf-8", "replace")
    return {"text": text, "binary": binary, "truncated": len(content) > READ_BYTES}


@api("POST")
async def diagnose(request: HttpRequest) -> HttpResponse:
    """What is wrong with a Dockerfile as it is typed, and its steps."""
    if not wiring.registry().diagnoses.take(address.of_request(request)):
        raise too_fast()
    try:
        question = msgspec.json.decode(request.body, type=diagnosing.Question)
    except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
        raise Invalid(
            "malformed-question",
            "The site did not understand the question.",
            str(error)[:500],
            'Send {"dockerfile": text, "files": [{"path", "size"}]} as JSON.',
        ) from None
    return as_json(await wiring.registry().desk.answer(question))


@api("GET")
async def catalogue(request: HttpRequest) -> HttpResponse:
    """The images that a Dockerfile may build FROM on `engine`; without it, on the usual one."""
    offer = wiring.registry().engines.chosen(request.GET.get("engine", "")[:20])
    return as_json({"images": list(await offer.engine.catalogue())})


@api("GET")
async def engines(request: HttpRequest) -> HttpResponse:
    """What a lab may be opened on, the usual one first, and why that is the usual one."""
    offered = wiring.registry().engines
    return as_json({"engines": offered.told(), "why": offered.why})


@api("GET")
async def health(request: HttpRequest) -> HttpResponse:
    """Whether the site can do its work: the database answers and the engine is there."""
    await in_database(opening.owner_of, "")
    engine = await wiring.registry().engines.usual.engine.info()
    return as_json({"ok": True, "engine": engine, "labs": len(wiring.registry())})


async def _exists(lab: str) -> None:
    if await in_database(opening.owner_of, lab) is None:
        raise no_such_lab()


async def _runner(lab: str) -> Runner:
    """The lab at work; one that was parked comes back."""
    return await wiring.registry().runner(lab)


def _number(request: HttpRequest, name: str, default: int, most: int) -> int:
    text = request.GET.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) <= 16):
        raise Invalid(
            "bad-number",
            f"`{name}` is not a whole number.",
            "It counts events, from 0.",
            f"Leave it out, or give a number like `{name}=0`.",
        )
    return min(int(text), most)
