"""A language is one file: a catalogue beside the others is offered, chosen, kept and served."""

from __future__ import annotations

import pytest

from catalogues import ARABIC, compile_catalogue, speaking_from
from users.models import User


@pytest.fixture
def arabic(tmp_path):
    """A house with a catalogue in Arabic, and none in French."""
    compile_catalogue(tmp_path, "ar", ARABIC.encode())
    with speaking_from(tmp_path):
        yield


async def test_a_language_of_a_new_catalogue_is_offered_and_served(arabic, stranger):
    offered = await stranger.get("/auth/sign-in")
    form = offered.forms["/language"]
    await stranger.post("/language", form | {"lang": "ar"})
    page = await stranger.get("/auth/sign-in")

    assert 'value="ar" lang="ar">العربية</button>' in offered.html
    assert 'value="en" lang="en" aria-current="true">English</button>' in offered.html
    assert "Français" not in offered.html
    assert "تسجيل الدخول" in page.text
    assert (await stranger.post("/language", form | {"lang": "fr"})).status == 422


async def test_a_browser_that_prefers_it_gets_it_from_the_right_to_the_left(arabic, stranger):
    right = await stranger.get("/about", Accept_Language="ar-MA, en;q=0.5")
    left = await stranger.get("/about", Accept_Language="fr, en;q=0.5")

    assert '<html lang="ar" dir="rtl">' in right.html
    assert '<html lang="en">' in left.html


async def test_an_account_takes_it_for_its_language(arabic, reader, rows):
    settings = await reader.get("/settings/appearance")
    form = settings.forms["/settings/appearance"]
    kept = await reader.post("/settings/appearance", form | {"locale": "ar"})
    page = await reader.get(kept.location)
    refused = await reader.post("/settings/appearance", form | {"locale": "fr"})

    assert '<option value="ar">العربية</option>' in settings.html
    assert [user.locale for user in await rows(User)] == ["ar"]
    assert '<html lang="ar" dir="rtl">' in page.html and "المظهر واللغة" in page.text
    assert refused.status == 422
