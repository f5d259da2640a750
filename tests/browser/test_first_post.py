"""The first post: from the sign-in page to a colleague of another hospital who reads it.

On a phone, on bad Wi-Fi: what is counted are taps and the keys beside the words themselves.
"""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import expect

from browsing import Watch
from instances import PASSWORD, wait_for
from rings import CARDIOLOGIST, DERMATOLOGIST, running_ring

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

SAID = "QTc 510 sous escitalopram : arrêt ou surveillance ?"
# 50 kB a second both ways, and 300 ms until anything comes.
WARD_WIFI = {
    "offline": False,
    "latency": 300,
    "downloadThroughput": 50_000,
    "uploadThroughput": 50_000,
}
PHONE = {
    "viewport": {"width": 360, "height": 640},
    "device_scale_factor": 2,
    "is_mobile": True,
    "has_touch": True,
    "locale": "fr-FR",
}
MOST_TAPS, MOST_KEYS = 4, 4


class Thumb:
    """One thumb on one phone: what it taps and types, counted."""

    def __init__(self, page):
        self.page = page
        self.taps = self.keys = 0

    def tap(self, target):
        self.taps += 1
        target.tap()

    def press(self, key):
        self.keys += 1
        self.page.keyboard.press(key)

    def write(self, words):
        self.page.keyboard.type(words)


@pytest.fixture(scope="module")
def ring(tmp_path_factory):
    with running_ring(tmp_path_factory.mktemp("first-post")) as running:
        yield running


@pytest.fixture
def phone(chromium, ring):
    """A phone before the sign-in page of Lyon."""
    context = chromium.new_context(base_url=ring.lyon.base_url, **PHONE)
    context.set_default_timeout(30_000)
    page = context.new_page()
    network = context.new_cdp_session(page)
    network.send("Network.enable")
    network.send("Network.emulateNetworkConditions", WARD_WIFI)
    yield page
    context.close()


def is_read_in_paris(ring):
    shown = ring.api(DERMATOLOGIST, "GET", "/api/consilium/v1/timelines/doctors")
    return any("escitalopram" in status["content"] for status in shown)


def test_a_first_post_takes_four_taps_and_is_read_in_another_hospital(ring, phone):
    watch = Watch()
    watch.over(phone)
    began = time.monotonic()
    phone.goto("/auth/sign-in")
    thumb = Thumb(phone)
    expect(phone.locator("#name")).to_be_focused()

    thumb.write(CARDIOLOGIST.username)
    thumb.press("Tab")
    thumb.write(PASSWORD)
    thumb.press("Enter")
    thumb.tap(phone.get_by_role("link", name="Écrire").first)
    expect(phone.locator(".audience-choice > summary")).to_contain_text("Médecins vérifiés")
    thumb.tap(phone.locator("#text"))
    thumb.write(SAID)
    thumb.tap(phone.locator("[data-publish]"))
    phone.wait_for_url(re.compile(r"/@[\w.]+/\d+$"))
    published = time.monotonic() - began
    wait_for(lambda: is_read_in_paris(ring))
    read = time.monotonic() - began

    expect(phone.locator(".post-focus")).to_contain_text(SAID)
    print(f"first post: {thumb.taps} taps, {thumb.keys} keys beside the words; published after "
          f"{published:.1f} s, read in another hospital after {read:.1f} s")  # fmt: skip
    assert thumb.taps <= MOST_TAPS
    assert thumb.keys <= MOST_KEYS
    assert watch.complaints == []
