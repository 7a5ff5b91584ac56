"""HTML that other sites put into their pages, as the site itself tells it: to tools (oEmbed) and on
`/embedding/`. What the Share dialog gives is `static/src/view/share/snippets.ts`."""

from django.utils.html import format_html

SANDBOX = "allow-scripts allow-popups allow-popups-to-escape-sandbox"
"""What a player's frame may do: the same as in `static/src/sandbox.ts`."""


def player_frame(address: str, title: str, width: int, height: int) -> str:
    """The frame of a player, at most as wide as its page."""
    return format_html(
        '<iframe src="{}" title="{}" width="{}" height="{}" sandbox="{}" loading="lazy" '
        'allowfullscreen style="border:0;max-width:100%"></iframe>',
        address,
        title,
        width,
        height,
        SANDBOX,
    )


def player_element(script: str, page: str, title: str) -> str:
    """The script and the element, which finds its own height; `page` is the recording's."""
    return format_html(
        '<script src="{}" async></script>\n'
        '<layercake-player src="{}" title="{}"></layercake-player>',
        script,
        page,
        title,
    )


def live_frame(address: str, title: str, height: int) -> str:
    """The frame of a live lab, which needs its own origin and so is in no sandbox."""
    return format_html(
        '<iframe src="{}" title="{}" width="100%" height="{}" allow="clipboard-write" '
        'loading="lazy" style="border:0"></iframe>',
        address,
        title,
        height,
    )
