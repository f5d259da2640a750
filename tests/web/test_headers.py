"""The headers of a page, as security.md §5 has them."""

from __future__ import annotations

import pytest

from core.settings import Settings
from web.headers import page_headers, source_of

POLICY = (
    "default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
    "object-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; "
    "img-src 'self' blob:; media-src 'self' blob:; connect-src 'self' wss://chu.example; "
    "manifest-src 'self'; worker-src 'self'; frame-src 'none'; "
    "require-trusted-types-for 'script'; trusted-types consilium; upgrade-insecure-requests"
)


@pytest.fixture
def hospital():
    return Settings(_env_file=None, base_url="https://chu.example")


def test_a_page_has_the_headers_of_the_house(hospital):
    assert page_headers(hospital) == {
        "Content-Security-Policy": POLICY,
        "Referrer-Policy": "no-referrer",
        "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "browsing-topics=(), interest-cohort=(), geolocation=(), "
        "camera=(), microphone=(), payment=(), usb=()",
        "Cache-Control": "private, no-store",
        "X-Robots-Tag": "noindex, noarchive",
    }


def test_who_asks_for_it_may_be_found_by_search_engines(hospital):
    assert "X-Robots-Tag" not in page_headers(hospital, indexable=True)


def test_over_http_nothing_is_upgraded():
    trial = Settings(_env_file=None, base_url="http://a.localhost:8001", development=True)

    headers = page_headers(trial)

    assert "Strict-Transport-Security" not in headers
    assert "upgrade-insecure-requests" not in headers["Content-Security-Policy"]
    assert "connect-src 'self' ws://a.localhost:8001;" in headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("target", "source"),
    [
        ("https://client.example/callback?x=1", "https://client.example"),
        ("http://127.0.0.1:4000/", "http://127.0.0.1:4000"),
        ("com.example.app:/callback", "com.example.app:"),
        ("app://callback", "app:"),
        ("https://a;script-src", ""),
        ("https://a,b/", ""),
    ],
)
def test_the_consent_page_may_lead_to_the_program_and_nowhere_else(hospital, target, source):
    rule = f"form-action 'self' {source}".strip()

    policy = page_headers(hospital, form_target=target)["Content-Security-Policy"]

    assert source_of(target) == source
    assert f"; {rule};" in policy
    assert policy.count(";") == POLICY.count(";")
