"""The map in a browser: looked at closer in place with our script, page by page without it."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from browsing import Watch

ZOOM = "svg => svg.viewBox.baseVal.width"


@pytest.fixture
def open_map(visit, instance, anne):
    """Open a map as Anne sees it, in English: `open_map("?on=world", width=360)`."""

    def begin(query="", *, watch=None, **look):
        context = visit(state=anne, **look)
        context.add_cookies([{"name": "lang", "value": "en", "url": instance.base_url}])
        page = context.new_page()
        if watch is not None:
            watch.over(page)
        page.goto(f"/map{query}")
        return page

    return begin


def seen(page):
    """Return how many units of the map are seen across."""
    return page.locator(".map-picture").evaluate(ZOOM)


def bubble(page, words):
    """Return a bubble by what is said when one points at it."""
    title = page.locator("title", has_text=re.compile(f"^{words}$"))
    return page.locator(".map-bubbles a", has=title).locator("circle")


def test_buttons_and_keys_look_closer_and_back(open_map):
    page = open_map(reduced_motion="reduce")
    assert seen(page) == 1000
    expect(page.locator(".map-numbers")).to_be_visible()

    page.get_by_role("button", name="Look closer").click()
    assert seen(page) == 500
    expect(page.locator(".map-numbers")).to_be_hidden()
    expect(page.locator(".map-bubbles a")).not_to_have_count(0)
    assert "zoom=2" in page.url

    page.locator(".map-sheet").focus()
    page.keyboard.press("+")
    assert seen(page) == 250
    left = page.locator(".map-picture").get_attribute("viewBox").split()[0]
    page.keyboard.press("ArrowRight")
    assert float(page.locator(".map-picture").get_attribute("viewBox").split()[0]) > float(left)
    page.keyboard.press("0")
    assert seen(page) == 1000
    assert "zoom=" not in page.url
    expect(page.get_by_role("button", name="Look from further away")).to_have_attribute(
        "aria-disabled", "true"
    )


def test_a_wheel_looks_closer_only_at_a_map_that_was_touched(open_map):
    page = open_map("?on=world", reduced_motion="reduce")
    box = page.locator(".map-sheet").bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.4, box["y"] + box["height"] * 0.8)

    page.mouse.wheel(0, -300)
    page.locator(".map-sheet").focus()
    page.mouse.wheel(0, -300)

    # A wheel of 300 doubles: the first one was the page's.
    expect(page.locator(".map")).to_have_attribute("data-zoom", "2")
    assert seen(page) == pytest.approx(500, abs=1)


def test_a_map_is_moved_by_hand_without_following_a_link(open_map):
    page = open_map("?zoom=4&at=500,500", reduced_motion="reduce")
    before = page.locator(".map-picture").get_attribute("viewBox")
    box = page.locator(".map-sheet").bounding_box()
    middle = box["x"] + box["width"] / 2, box["y"] + 200

    page.mouse.move(*middle)
    page.mouse.down()
    page.mouse.move(middle[0] - 120, middle[1] + 60, steps=4)
    page.mouse.up()

    assert page.locator(".map-picture").get_attribute("viewBox") != before
    assert "department" not in page.url


def test_a_cluster_opens_and_a_town_leads_to_its_people(open_map):
    page = open_map("?on=france&zoom=8&at=640,510", reduced_motion="reduce")

    for zoom in ("20", "32"):
        bubble(page, "Lyon, Villeurbanne: 3").click()
        expect(page.locator(".map")).to_have_attribute("data-zoom", zoom)
    bubble(page, "Lyon: 2").click()

    expect(page.get_by_role("heading", name=re.compile("Lyon.*2 people"))).to_be_visible()
    expect(page.locator(".person-list .person")).to_have_count(2)


def test_without_a_script_each_look_is_a_page(open_map):
    page = open_map(java_script_enabled=False)
    expect(page.locator(".map-numbers text").first).to_be_visible()

    page.get_by_role("link", name="Look closer").click()
    assert "zoom=2" in page.url
    expect(page.locator(".map-bubbles circle").first).to_be_visible()
    page.get_by_role("link", name="Show the whole map").click()
    page.get_by_role("link", name="Rhône (69)").click()

    expect(page.get_by_role("heading", name=re.compile("Rhône.*3 people"))).to_be_visible()
    page.get_by_role("link", name="World").click()
    expect(page.get_by_role("link", name="Switzerland")).to_be_visible()


def test_a_department_in_the_picture_is_a_link(open_map):
    page = open_map(java_script_enabled=False)
    link = page.locator('.map-links a:has(use[href="#a0-44"])')

    link.click()

    expect(
        page.get_by_role("heading", name=re.compile("Loire-Atlantique.*1 person"))
    ).to_be_visible()


@pytest.mark.parametrize(("width", "scheme"), [(320, "light"), (1280, "dark")])
def test_everybody_can_use_it_and_it_asks_no_other_host(open_map, instance, width, scheme):
    watch = Watch()
    for query in ("", "?on=world", "?department=69"):
        page = open_map(query, watch=watch, width=width, scheme=scheme)
        found = Axe().run(page, options={"resultTypes": ["violations"]})
        assert not found.response["violations"], found.generate_report()
        assert page.evaluate("document.documentElement.scrollWidth") <= width, query
        for button in page.locator(".map-buttons a").all():
            box = button.bounding_box()
            assert min(box["width"], box["height"]) >= 44

    assert watch.hosts == {instance.host}
    assert watch.complaints == []
