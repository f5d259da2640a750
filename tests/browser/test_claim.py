"""Saying who one is: the register answers while one types, and fills in what it knows."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from browsing import Watch
from scene_badges import LEA, PAUL

CLAIM = "/settings/badge/claim"


@pytest.fixture
def page(visit, members, instance):
    context = visit(width=360, state=members["administrator"])
    # Accounts read French until they say otherwise.
    context.add_cookies([{"name": "lang", "value": "en", "url": instance.base_url}])
    return context.new_page()


def test_what_the_register_says_is_put_into_empty_fields_and_nothing_that_was_typed_is_lost(page):
    watch = Watch()
    watch.over(page).goto(CLAIM)
    page.get_by_label("Given name").fill("Léa-Marie")
    page.get_by_label("Your number in it").fill(f" 8{LEA} ")
    page.get_by_label("Your number in it").press("Tab")

    expect(page.locator(".looked")).to_contain_text("This is what the register says:")
    expect(page.get_by_label("Given name")).to_have_value("Léa-Marie")
    expect(page.get_by_label("Name in practice")).to_have_value("Benali")
    expect(page.get_by_label("Speciality", exact=True)).to_have_value("SM54")
    assert page.locator(".looked").get_attribute("role") == "status"

    page.get_by_label("Your number in it").fill(PAUL)
    page.get_by_label("Your number in it").press("Tab")
    expect(page.locator(".looked")).to_contain_text("Paul Roux")
    expect(page.get_by_label("Profession")).to_have_value("60")
    assert watch.complaints == []


def test_what_only_another_register_needs_is_asked_for_when_it_is_chosen(page):
    page.goto(CLAIM)
    expect(page.get_by_label("Who keeps the register")).to_be_hidden()

    page.get_by_label("Register", exact=True).select_option("OTHER")

    expect(page.get_by_label("Who keeps the register")).to_be_visible()
