"""The list of all settings, and the way back to it."""

from __future__ import annotations

import re

SECTIONS = [
    "/settings/profile",
    "/settings/practice",
    "/settings/badge",
    "/settings/privacy",
    "/settings/notifications",
    "/settings/appearance",
    "/settings/security",
    "/settings/apps",
    "/filters",
    "/mutes",
    "/blocks",
    "/domain-blocks",
    "/settings/delete",
]


async def test_the_list_of_settings_leads_to_every_section(reader):
    page = await reader.get("/settings")

    assert page.status == 200
    assert re.findall(r'<li><a href="(/[a-z/-]+)"><svg', page.html)[-len(SECTIONS) :] == SECTIONS


async def test_a_section_is_marked_in_the_list_beside_it(reader):
    page = await reader.get("/settings/security")

    assert '<a href="/settings/security" aria-current="page">' in page.html
    assert '<a href="/settings">' in page.html


async def test_a_stranger_signs_in_first(stranger):
    page = await stranger.get("/settings")

    assert (page.status, page.location) == (303, "/auth/sign-in?next=%2Fsettings")
