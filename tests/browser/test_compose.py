"""The composer in a real browser: what its script does beside the form."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from browsing import Watch
from instances import wait_for
from pictures import encoded, picture

PICTURE = {"name": "trace.png", "mimeType": "image/png", "buffer": encoded(picture(), "PNG")}


@pytest.fixture
def open_page(visit, anne, instance):
    """Open a page of a browser in which Anne has signed in: `open_page(watch, width=…)`."""

    def begin(watch, **look):
        context = visit(state=anne, **look)
        context.add_cookies([{"name": "lang", "value": "en", "url": instance.base_url}])
        return watch.over(context.new_page())

    return begin


@pytest.fixture
def page(open_page):
    """A phone on which Anne has signed in."""
    return open_page(Watch(), width=360)


def until_kept(page):
    """Wait until what was typed is on the device."""
    names = "() => Object.keys(localStorage).some(name => name.startsWith('draft:'))"
    wait_for(lambda: page.evaluate(names))


def open_tool(page, name):
    page.locator(f".tool-{name} > summary").click()


def test_a_first_post_is_written_with_the_keyboard_alone(open_page):
    watch = Watch()
    page = open_page(watch)
    page.goto("/compose")
    expect(page.locator("#text")).to_be_focused()

    page.keyboard.type("QTc 510 sous escitalopram ?")
    page.keyboard.press("Control+Enter")

    page.wait_for_url(re.compile(r"/@a\.martin/\d+$"))
    expect(page.locator(".post-focus")).to_contain_text("QTc 510 sous escitalopram ?")
    expect(page.locator(".post-focus .audience")).to_contain_text("Verified doctors")
    assert watch.complaints == []


def test_a_draft_comes_back_after_a_reload_and_is_gone_once_sent(page):
    page.goto("/compose")
    page.fill("#text", "Un brouillon")
    open_tool(page, "warning")
    page.fill("#warning", "Tracé")
    page.locator(".audience-choice > summary").click()
    page.locator("#audience-local").check()
    until_kept(page)
    page.reload()

    expect(page.locator("[data-draft-back]")).to_contain_text("Your draft was brought back")
    expect(page.locator("#text")).to_have_value("Un brouillon")
    expect(page.locator("#warning")).to_have_value("Tracé")
    expect(page.locator("#audience-local")).to_be_checked()
    page.get_by_role("button", name="Publish", exact=True).click()
    page.wait_for_url(re.compile(r"/@a\.martin/\d+$"))
    page.goto("/compose")
    expect(page.locator("#text")).to_have_value("")
    expect(page.locator("[data-draft-back]")).to_be_hidden()


def test_a_draft_is_discarded_and_one_is_forgotten_with_signing_out(page):
    page.goto("/compose")
    page.fill("#text", "Un brouillon")
    until_kept(page)
    page.reload()
    page.get_by_role("button", name="Discard").click()
    expect(page.locator("[data-draft-back]")).to_be_hidden()
    expect(page.locator("#text")).to_have_value("")

    page.fill("#text", "Un autre")
    until_kept(page)
    # The page is told that it would sign out; the session is needed by the other tests.
    page.goto("/me")
    page.route("**/auth/sign-out", lambda route: route.fulfill(body="signed out"))
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/auth/sign-out")

    page.goto("/compose")
    expect(page.locator("#text")).to_have_value("")


def test_a_file_is_sent_in_the_background_described_and_shown_on_the_post(page):
    page.goto("/compose")
    page.fill("#text", "Le tracé")
    open_tool(page, "picture")
    page.set_input_files("#file", PICTURE)
    words = page.get_by_label("What it shows")
    words.fill("Tracé à douze dérivations")
    page.locator(".attached-focus > summary").click()
    page.locator(".attached-look").click(position={"x": 2, "y": 2})
    expect(page.get_by_label("From left, in %")).to_have_value(re.compile("^[0-9]$"))
    page.get_by_role("button", name="Publish", exact=True).click()

    shown = page.locator(".post-focus .file img")
    expect(shown).to_have_attribute("alt", "Tracé à douze dérivations")
    assert shown.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0


def test_the_numbers_change_with_a_name_and_are_read_out(page, scene):
    page.goto("/compose")
    now = page.locator("#now-mentioned")
    expect(now).to_contain_text("nobody yet")
    page.locator(".audience-choice > summary").click()
    page.locator("#audience-mentioned").check()

    page.locator("#text").press_sequentially("@c.petit un avis ?")

    expect(now).to_contain_text("1 person on 1 instance")
    expect(now).to_be_visible()
    expect(page.locator("[data-reach]")).to_contain_text("1 person on 1 instance")


def test_a_name_is_completed_with_the_arrow_keys(page):
    page.goto("/compose")
    text = page.locator("#text")
    text.press_sequentially("Merci @petit")
    expect(page.locator(".suggestions")).to_contain_text("Camille Petit")

    page.keyboard.press("ArrowDown")
    assert text.get_attribute("aria-activedescendant") == "text-suggestions-0"
    page.keyboard.press("Enter")

    expect(text).to_have_value(re.compile(r"^Merci @c\.petit@\S+ $"))
    expect(page.locator(".suggestions")).to_have_count(0)


def test_without_a_network_nothing_is_lost_and_it_is_published_once(page):
    page.goto("/compose")
    page.fill("#text", "Depuis le sous-sol")
    page.context.set_offline(True)
    page.get_by_role("button", name="Publish", exact=True).click()

    expect(page.get_by_role("alert")).to_contain_text("there is no network")
    expect(page.locator("#text")).to_have_value("Depuis le sous-sol")
    key = page.locator('[name="key"]').input_value()
    page.context.set_offline(False)
    assert page.locator('[name="key"]').input_value() == key
    page.get_by_role("button", name="Send again").click()
    page.wait_for_url(re.compile(r"/@a\.martin/\d+$"))
    expect(page.locator(".post-focus")).to_contain_text("Depuis le sous-sol")


def test_what_is_wrong_is_said_without_leaving_the_page(page):
    page.goto("/compose")
    page.fill("#text", "x" * 5003)
    expect(page.locator("#text-left")).to_contain_text("3 characters too many")
    page.get_by_role("button", name="Publish", exact=True).click()

    expect(page.get_by_role("alert")).to_contain_text("It is too long")
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.locator("#text")).to_have_value("x" * 5003)
    page.fill("#text", "Assez court")
    page.get_by_role("button", name="Publish", exact=True).click()
    page.wait_for_url(re.compile(r"/@a\.martin/\d+$"))


def test_one_answers_below_a_thread_and_goes_on_in_the_whole_composer(page, scene):
    page.goto(scene.answer)
    page.fill("#reply-text", "Une dose de plus ?")
    page.get_by_role("button", name="More …").click()
    expect(page.locator("#text")).to_have_value("Une dose de plus ?")

    page.goto(scene.answer)
    expect(page.locator("#reply-text")).to_have_value("")
    page.fill("#reply-text", "Merci beaucoup")
    page.get_by_role("button", name="Publish", exact=True).click()
    page.wait_for_url(re.compile(r"/@a\.martin/\d+$"))
    expect(page.locator(".post-focus")).to_contain_text("Merci beaucoup")
    page.goto(f"/compose?answer={scene.answer.rpartition('/')[2]}")
    expect(page.locator("#text")).to_have_value("Une dose de plus ?")


def test_nothing_is_published_twice_by_two_quick_taps(page):
    page.goto("/compose")
    page.fill("#text", "Deux fois le bouton")
    page.get_by_role("button", name="Publish", exact=True).dblclick()
    page.wait_for_url(re.compile(r"/@a\.martin/\d+$"))

    page.goto("/@a.martin")
    expect(page.locator(".post", has_text="Deux fois le bouton")).to_have_count(1)
