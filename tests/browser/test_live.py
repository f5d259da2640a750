"""Timelines as a browser shows them: live with our script, whole without it."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from browsing import Watch

TOP = "element => Math.round(element.getBoundingClientRect().top)"


@pytest.fixture(scope="module")
def camille(instance, scene):
    """What Camille says through the client API: `camille("…")` returns the post's id."""
    token = instance.cli("token", "c.petit")

    def say(text):
        said = {"status": text, "visibility": "public", "language": "fr"}
        return instance.api("POST", "/api/v1/statuses", token, **said)["id"]

    say.delete = lambda post_id: instance.api("DELETE", f"/api/v1/statuses/{post_id}", token)
    return say


@pytest.fixture
def as_anne(visit, instance, anne):
    """Open a page of a browser in which Anne has signed in, and reads English."""

    def begin(**look):
        context = visit(state=anne, **look)
        context.add_cookies([{"name": "lang", "value": "en", "url": instance.base_url}])
        return context.new_page()

    return begin


@pytest.fixture
def open_local(as_anne, instance, camille):
    """Open this house's timeline, and wait until it listens."""
    watches = []

    def go(**look):
        page = as_anne(**look)
        watches.append(Watch())
        watches[-1].over(page)
        with page.expect_response(lambda answer: "/live?" in answer.url):
            page.goto("/timelines/local")
        page.evaluate("window.isSame = true")
        return page

    yield go
    for watch in watches:
        assert (watch.complaints, watch.hosts) == ([], {instance.host})


def card(page, post_id):
    return page.locator(f"#post-{post_id}")


def test_one_agrees_without_leaving_the_page_and_the_focus_stays(open_local, camille):
    post_id = camille("D’accord ?")
    page = open_local()
    agree = card(page, post_id).get_by_role("button", name="Agree")

    agree.focus()
    page.keyboard.press("Enter")

    expect(agree).to_have_attribute("aria-pressed", "true")
    expect(agree).to_be_focused()
    expect(page.locator("#said")).to_have_text("You agree; the author is told")
    page.keyboard.press("Enter")
    expect(agree).to_have_attribute("aria-pressed", "false")
    assert page.evaluate("window.isSame") and page.url.endswith("/timelines/local")


def test_what_is_in_a_menu_leaves_the_focus_on_the_menu(open_local, camille):
    post_id = camille("Une discussion")
    page = open_local()
    menu = card(page, post_id).locator("summary[data-act=more]")
    menu.click()
    found = Axe().run(page, context={"include": [[".pop[open]"]]}).response["violations"]
    assert [one["id"] for one in found] == []
    page.keyboard.press("Escape")
    expect(card(page, post_id).locator(".pop[open]")).to_have_count(0)
    expect(menu).to_be_focused()

    menu.click()
    card(page, post_id).get_by_role("button", name="Mute this conversation").click()

    expect(page.locator("#said")).to_have_text("You are told nothing more of it")
    expect(menu).to_be_focused()
    menu.click()
    again = card(page, post_id).get_by_role("button", name="Tell me of this conversation again")
    expect(again).to_be_visible()
    page.locator("h1").dispatch_event("click")
    expect(again).to_be_hidden()


def test_new_posts_are_told_and_nothing_moves_until_one_looks(open_local, camille):
    first = camille("Avant")
    page = open_local(width=360)
    before = card(page, first).evaluate(TOP)

    new = [camille("Une première nouvelle"), camille("Une seconde")]

    button = page.get_by_role("button", name="2 new posts")
    expect(button).to_be_visible()
    assert card(page, first).evaluate(TOP) == before
    button.click()
    expect(card(page, new[1])).to_be_focused()
    assert page.evaluate("scrollY") == 0
    shown = page.locator("article").evaluate_all("all => all.slice(0, 3).map(one => one.id)")
    assert shown == [f"post-{new[1]}", f"post-{new[0]}", f"post-{first}"]
    expect(page.locator(".news")).to_be_empty()


def test_who_reads_further_down_stays_there(open_local, camille):
    for number in range(6):
        camille(f"Texte {number}. " + "Encore une ligne. " * 20)
    page = open_local(width=360)
    page.mouse.wheel(0, 1500)
    page.wait_for_function("scrollY > 800")
    reading = page.locator("article").nth(3)
    reading_id, before = reading.get_attribute("id"), reading.evaluate(TOP)
    new = camille("Pendant la lecture")

    page.get_by_role("button", name="1 new post").click()

    expect(card(page, new)).to_be_attached()
    expect(page.locator("#said")).to_have_text("The new posts stand above.")
    assert abs(page.locator(f"#{reading_id}").evaluate(TOP) - before) <= 1
    assert card(page, new).evaluate("one => one.getBoundingClientRect().bottom") < 0


def test_a_deleted_post_goes_gently(open_local, camille):
    below, post_id = camille("Reste"), camille("À effacer")
    page = open_local()
    before = card(page, post_id).evaluate(TOP)

    camille.delete(post_id)

    expect(page.locator(".post-gone")).to_have_text("This post was deleted.")
    expect(card(page, post_id)).to_have_count(0)
    assert page.locator(".post-gone").evaluate(TOP) == before
    expect(card(page, below)).to_be_visible()


def test_older_posts_are_loaded_in_place(open_local, camille):
    for number in range(21):
        camille(f"Ancien {number}")
    page = open_local(width=360)
    articles = page.locator("article")
    expect(articles).to_have_count(20)
    first_older = re.search(r"max_id=\d+", page.locator(".paging a").get_attribute("href"))

    page.get_by_role("link", name="Load older posts").click()

    expect(articles.nth(20)).to_be_focused()
    assert first_older and page.url.endswith("/timelines/local")
    ids = articles.evaluate_all("all => all.map(one => one.id)")
    assert len(set(ids)) == len(ids) > 20


def test_a_page_that_lost_its_stream_catches_up(open_local, camille):
    page = open_local()
    page.context.set_offline(True)
    # A stream that is open outlives the network in this browser: let the page close it itself.
    page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide'))")
    missed = camille("Pendant la panne")

    page.context.set_offline(False)
    page.evaluate("dispatchEvent(new Event('online'))")

    page.get_by_role("button", name="1 new post").click()
    expect(card(page, missed)).to_be_visible()


def test_without_script_each_button_leads_back_to_its_post(as_anne, camille):
    post_id = camille("Sans script")
    page = as_anne(java_script_enabled=False)
    page.goto("/timelines/local")

    for name in ("Agree", "Bookmark", "Pass on"):
        button = card(page, post_id).get_by_role("button", name=name)
        button.click()
        page.wait_for_url(f"**/timelines/local#post-{post_id}")
        expect(button).to_have_attribute("aria-pressed", "true")
    menu = card(page, post_id).locator("summary[data-act=more]")
    menu.click()
    card(page, post_id).get_by_role("button", name="Mute this conversation").click()
    page.wait_for_url(f"**/timelines/local#post-{post_id}")
    menu.click()
    expect(card(page, post_id).get_by_role("button", name="Tell me of this")).to_be_visible()
    page.get_by_role("link", name="Load older posts").click()
    expect(page).to_have_url(re.compile(r"\?max_id=\d+$"))


def test_without_script_one_is_asked_before_one_deletes(as_anne, instance, scene):
    token = instance.cli("token", "a.martin")
    said = instance.api("POST", "/api/v1/statuses", token, status="Erreur", visibility="public")
    page = as_anne(java_script_enabled=False)
    page.goto("/timelines/local")

    post = card(page, said["id"])
    post.locator("summary[data-act=more]").click()
    post.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("heading", name="Delete this post?")).to_be_visible()
    page.get_by_role("button", name="Delete").click()

    page.wait_for_url("**/timelines/local")
    expect(post).to_have_count(0)
