"""The page of the components: complete, and shown in development only."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

WEB = Path(__file__).resolve().parents[2] / "web"


async def test_every_colour_and_every_icon_is_shown(stranger):
    html = (await stranger.get("/design")).html
    tokens = re.findall(r"--([a-z-]+): light-dark", (WEB / "style" / "00-tokens.css").read_text())
    icons = re.findall(r'<symbol id="([a-z-]+)"', (WEB / "static" / "icons.svg").read_text())

    assert len(tokens) > 14 and len(icons) > 40
    for name in tokens:
        assert f'class="swatch swatch--{name}"' in html
    for name in icons:
        assert html.count(f'.svg#{name}"') >= 1


def test_every_icon_that_a_page_names_is_drawn():
    drawn = set(re.findall(r'<symbol id="([a-z-]+)"', (WEB / "static" / "icons.svg").read_text()))
    named = set()
    for path in (WEB / "templates").glob("*.html"):
        named |= set(re.findall(r'\bicon\("([a-z-]+)"', path.read_text()))

    assert named - drawn == set()


class TestOutsideDevelopment:
    @pytest.fixture
    def settings(self, settings):
        return settings.model_copy(update={"development": False})

    async def test_it_is_not_there(self, stranger):
        assert (await stranger.get("/design")).status == 404
