"""The directory in a browser: other instances are asked in place, or by a link without script."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from browsing import Watch

PATH = "/directory?speciality=SM04"


@pytest.fixture
def look(visit, instance, anne):
    """Open the directory as Anne sees it, in English."""

    def begin(*, watch=None, **how):
        context = visit(state=anne, **how)
        context.add_cookies([{"name": "lang", "value": "en", "url": instance.base_url}])
        page = context.new_page()
        if watch is not None:
            watch.over(page)
        page.goto(PATH)
        return page

    return begin


def test_the_ring_is_asked_in_place_and_its_answer_gets_the_focus(look):
    watch = Watch()
    page = look(watch=watch)

    page.get_by_role("link", name="Ask the other instances").click()

    expect(page.locator("#ring")).to_contain_text("answered")
    expect(page.locator("#ring")).to_be_focused()
    assert page.url.endswith(PATH) and watch.complaints == []


def test_without_script_the_ring_is_a_link(look):
    page = look(java_script_enabled=False)

    page.get_by_role("link", name="Ask the other instances").click()

    expect(page.locator("#ring")).to_contain_text("answered")
    assert "ring=1" in page.url
