"""The visitor's own labs: a list of them, and the way to delete one. Works without JavaScript."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from visualizer.engine.errors import EngineError
from visualizer.labs import opening, wiring
from visualizer.labs.database import in_database
from visualizer.labs.errors import LabError, no_such_lab, not_yours, problem_of
from visualizer.labs.opening import OwnLab
from visualizer.web import owner, pages, problems


@require_http_methods(["GET", "HEAD", "POST"])
async def labs(request: HttpRequest) -> HttpResponse:
    """GET lists the visitor's labs, POST opens a further one."""
    if request.method == "POST":
        return await pages.fresh_lab(request, request.POST.get("engine", "")[:20])
    own = owner.of_request(request)
    found: list[OwnLab] = await in_database(opening.owned_by, own) if own else []
    registry = wiring.registry()
    shown = {
        "labs": found,
        "most": registry.environment.labs_per_owner,
        "engines": registry.engines,
    }
    return render(request, "labs.html", shown)


@require_http_methods(["GET", "HEAD", "POST"])
async def delete(request: HttpRequest, lab: str) -> HttpResponse:
    """GET asks whether it is meant, POST deletes. Only the owner may."""
    try:
        found = await _own(request, lab)
        if request.method == "POST":
            await wiring.registry().delete(lab)
            return HttpResponseRedirect(reverse("labs"))
    except (LabError, EngineError) as error:
        return problems.as_page(request, problem_of(error), problems.status_of(error))
    return render(request, "delete_lab.html", {"lab": found})


async def _own(request: HttpRequest, lab: str) -> OwnLab:
    holder = await in_database(opening.owner_of, lab)
    if holder is None:
        raise no_such_lab()
    own = owner.of_request(request)
    if own is None or not owner.visitor(own).owns(holder):
        raise not_yours()
    found: list[OwnLab] = await in_database(opening.owned_by, own)
    return next(each for each in found if each.lab == lab)
