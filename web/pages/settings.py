"""The list of all settings: what a phone shows in place of the column beside each section."""

from __future__ import annotations

from quart import Response

from web.visit import Pages, Visit


async def get_settings(visit: Visit) -> Response:
    """Show the way to every section."""
    visit.require_member()
    return visit.page("settings_index.html", section="")


PAGES: Pages = (
    ("GET", "/settings", get_settings),
)
