"""`/embedding/`: how an author puts a recording into a page of their own, with ours as examples."""

from collections.abc import Sequence
from typing import NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from visualizer.labs import kept_recordings, wiring
from visualizer.labs.database import in_database
from visualizer.labs.kept_recordings import Kept
from visualizer.web import pages, snippets

EXAMPLES = "first-image", "copy-on-write", "multi-stage"
"""The site's own recordings, in the order in which they teach."""
RECIPE = "hello-layers"
LIVE_HEIGHT = 760


class Example(NamedTuple):
    """One of our recordings, and what puts it into a page."""

    id: str
    title: str
    description: str
    page: str
    """Absolute address."""
    snippet: str
    """HTML to be copied, as the Share dialog gives it (`static/src/view/share/snippets.ts`)."""


@require_safe
async def page(request: HttpRequest) -> HttpResponse:
    """The page: text for everybody, and what it shows plays where JavaScript is."""
    if not pages.is_built():
        return render(request, "not_built.html", status=503)
    origin = request.build_absolute_uri("/").rstrip("/")
    live = f"{origin}{reverse('live-embed')}?{urlencode({'recipe': RECIPE})}"
    shown = {
        "origin": origin,
        "examples": await in_database(_examples, origin),
        "live": snippets.live_frame(live, "A lab to try in", LIVE_HEIGHT)
        if wiring.registry().environment.live_embeds
        else "",
        "live_address": live,
    }
    return render(request, "embedding.html", shown)


def _examples(origin: str) -> Sequence[Example]:
    found = [kept_recordings.find(id) for id in EXAMPLES]
    return [_example(kept, origin) for kept in found if kept]


def _example(kept: Kept, origin: str) -> Example:
    page = f"{origin}{reverse('recording-page', args=[kept.id])}"
    script = f"{origin}{reverse('embed-element')}"
    snippet = snippets.player_element(script, page, kept.title)
    return Example(kept.id, kept.title, kept.header.description, page, snippet)
