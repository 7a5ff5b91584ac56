"""Pages that any site may put into a frame. All others say `frame-ancestors 'none'`."""

from django.http import HttpResponse


def open_to_frames(response: HttpResponse) -> HttpResponse:
    """Lift what keeps the page out of frames, and nothing else of its policy."""
    # What the decorator `csp.decorators.csp_replace` does, which knows no asynchronous views.
    response._csp_replace = {"frame-ancestors": ["*"]}  # type: ignore[attr-defined]
    response.xframe_options_exempt = True
    # Also into pages that are isolated from others (COEP), as those with WebAssembly threads are.
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
