"""What people do, without JavaScript: sign in, let a program in, open a badge …"""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from browsing import Watch
from instances import PASSWORD
from users.apps import OUT_OF_BAND


@pytest.fixture
def page(visit):
    """A browser without JavaScript."""
    return Watch().over(visit(java_script_enabled=False).new_page())


def sign_in(page, password=PASSWORD):
    page.fill("#name", "a.martin")
    page.fill("#password", password)
    page.locator("main button").first.click()


def test_one_signs_in_with_the_keyboard_alone(page, scene):
    page.goto(scene.thread)
    expect(page.locator("#name")).to_be_focused()
    page.keyboard.type("a.martin")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")

    expect(page.locator(".me-name")).to_have_text("Dr Anne Martin")
    assert urlsplit(page.url).path == scene.thread
    page.goto("/me")
    page.get_by_role("button", name=re.compile("Se déconnecter|Sign out")).click()
    expect(page.get_by_role("link", name="Sign in").first).to_be_visible()


def test_a_wrong_password_says_so_and_keeps_the_name(page, scene):
    page.goto("/auth/sign-in")
    sign_in(page, "not the right one")

    expect(page.get_by_role("alert")).to_contain_text("do not belong together")
    expect(page.locator("#name")).to_have_value("a.martin")
    expect(page.locator("#password")).to_be_focused()


def test_a_program_is_let_in(page, scene):
    page.goto(scene.consent())
    sign_in(page)
    page.get_by_role("button", name=re.compile("Allow|Autoriser")).click()

    page.wait_for_url(scene.callback + "?**")
    said = parse_qs(urlsplit(page.url).query)
    assert len(said["code"][0]) == 43
    assert said["state"] == ["s"]


def test_a_program_is_refused(page, scene):
    page.goto(scene.consent())
    sign_in(page)
    page.get_by_role("button", name=re.compile("Refuse")).click()

    page.wait_for_url(scene.callback + "?**")
    assert parse_qs(urlsplit(page.url).query)["error"] == ["access_denied"]


def test_a_code_is_shown_to_be_copied(page, scene):
    page.goto(scene.consent(redirect_uri=OUT_OF_BAND))
    sign_in(page)
    page.get_by_role("button", name=re.compile("Allow|Autoriser")).click()

    expect(page.locator("#code")).to_have_value(re.compile(r"^[\w-]{43}$"))


def test_a_badge_opens_from_the_keyboard_and_says_who_vouches(page, scene, instance):
    page.goto("/@a.martin")
    badge = page.locator(".profile .badge")
    expect(badge.locator(".facts")).to_be_hidden()

    badge.locator("summary").focus()
    page.keyboard.press("Enter")

    expect(badge.locator(".facts")).to_be_visible()
    expect(badge.locator(".facts")).to_contain_text(instance.host)
    expect(badge.locator(".facts")).to_contain_text("FR-RPPS 99900000018")


def test_a_warning_is_opened_by_hand(page, scene):
    page.goto(scene.warned)
    sign_in(page)
    words = page.locator(".warned .words")
    expect(words).to_be_hidden()

    page.locator(".warned > summary").click()

    expect(words).to_be_visible()


def test_a_language_is_chosen_and_kept(page, scene):
    page.goto("/about")
    page.get_by_role("button", name="Français").click()
    expect(page.locator("html")).to_have_attribute("lang", "fr")

    page.goto("/auth/sign-in")

    expect(page.get_by_role("heading", name="Se connecter")).to_be_visible()


def test_the_pages_also_answer_under_the_loopback_address(visit, scene, instance):
    page = visit(java_script_enabled=False).new_page()
    page.goto(instance.url + "/auth/sign-in?next=/@a.martin")
    sign_in(page)

    expect(page.locator(".me-name")).to_have_text("Dr Anne Martin")
    assert page.url == instance.url + "/@a.martin"


def test_the_content_is_one_key_away(page, scene):
    page.goto("/")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_in_viewport()
    page.keyboard.press("Enter")

    expect(page.locator("main")).to_be_focused()
