"""What a browser is called in the list of browsers."""

from __future__ import annotations

import pytest

from users.addresses import address_area, address_key
from users.browsers import name_browser, split_name

NAMES = {
    "Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0": "Firefox on Android",
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0": "Firefox on Linux",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/140.0.0.0 Safari/537.36": "Chrome on Windows",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0": "Edge on Windows",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
    "Gecko) Version/18.5 Mobile/15E148 Safari/604.1": "Safari on iPhone",
    "Mozilla/5.0 (iPad; CPU OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "CriOS/140.0 Mobile/15E148 Safari/604.1": "Chrome on iPad",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.5 Safari/605.1.15": "Safari on macOS",
    "Mozilla/5.0 (Linux; Android 15; SM-S928B) AppleWebKit/537.36 (KHTML, like Gecko) "
    "SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36": "Samsung Internet on Android",
    "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/140.0.0.0 Safari/537.36": "Chrome on ChromeOS",
    "Firefox/140.0": "Firefox",
}


@pytest.mark.parametrize("said", NAMES, ids=NAMES.values())
def test_a_browser_is_called_as_its_person_knows_it(said):
    assert name_browser(said) == NAMES[said]
    assert " on ".join(filter(None, split_name(NAMES[said]))) == NAMES[said]


@pytest.mark.parametrize("said", [None, "", "curl/8", "<b>Linux</b>", "x" * 600 + "Firefox/1"])
def test_what_is_no_browser_of_ours_is_unknown(said):
    assert name_browser(said) == "Unknown browser"
    assert split_name(name_browser(said)) == ("", "")


def test_a_session_of_before_names_none():
    assert split_name("") == ("", "")


@pytest.mark.parametrize(
    ("address", "area"),
    [
        ("198.51.100.77", "198.51.100.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"),
        ("::ffff:198.51.100.77", "198.51.100.0/24"),
        ("no address", ""),
        ("", ""),
    ],
)
def test_of_an_address_a_house_is_kept_and_no_person(address, area):
    assert address_area(address_key(address)) == area
