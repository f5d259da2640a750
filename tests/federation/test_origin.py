"""Hosts and URIs in one normal form; catalogue cases B09, D14, E08."""

from __future__ import annotations

import pytest

from core.errors import InvalidDocument
from federation.origin import (
    host_of,
    normal_host,
    normal_uri,
    origin_of,
    registrable_domain,
    same_origin,
)


@pytest.mark.parametrize(
    "spelling",
    [
        "https://b.example/users/alice",
        "HTTPS://B.EXAMPLE/users/alice",
        "https://b.example:443/users/alice",
        "https://b.example./users/alice",
        "https://b.example/users/%61lice",
        "https://b.example/users/alic%65",
    ],
)
def test_b09_one_uri_has_one_spelling(spelling):
    assert normal_uri(spelling) == "https://b.example/users/alice"
    assert origin_of(spelling) == ("https", "b.example")


def test_b09_international_names_are_a_labels():
    unicode, ascii_form = "https://Hôpital.example/é", "https://xn--hpital-ixa.example/%C3%A9"

    assert normal_uri(unicode) == normal_uri(ascii_form) == ascii_form


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://b.example/users/Alice", "https://b.example/users/alice"),
        ("https://b.example/a%2Fb", "https://b.example/a/b"),
        ("https://b.example/a?x=1", "https://b.example/a?x=2"),
        ("https://b.example/a#x", "https://b.example/a"),
        ("https://b.example:8443/a", "https://b.example/a"),
        ("http://b.example/a", "https://b.example/a"),
    ],
)
def test_what_differs_stays_different(one, other):
    assert normal_uri(one) != normal_uri(other)


@pytest.mark.parametrize(
    "uri",
    ["https://b.example/a%20b", "http://b.localhost:8002/users/bob#main-key", "https://[::1]:8/x",
     "https://b.example", "https://b.example/?q=é", "https://b.example/%2F%41"],
)  # fmt: skip
def test_normalising_twice_changes_nothing(uri):
    assert normal_uri(normal_uri(uri)) == normal_uri(uri)


def test_ports_and_addresses_belong_to_the_host():
    assert host_of("http://b.localhost:8002/x") == "b.localhost:8002"
    assert host_of("http://127.0.0.1:80/x") == "127.0.0.1"
    assert host_of("https://[0:0::1]:444/x") == "[::1]:444"


def test_an_origin_is_scheme_host_and_port():
    assert same_origin("https://b.example/a", "https://B.example:443/b#c")
    assert not same_origin("https://b.example/a", "http://b.example/a")
    assert not same_origin("https://b.example/a", "https://b.example.evil.test/a")
    assert not same_origin("https://b.example/a", "https://b.example:444/a")
    assert not same_origin("acct:a@b.example", "acct:a@b.example")


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "b.example/users/alice",
        "acct:alice@b.example",
        "data:text/html,x",
        "file:///etc/passwd",
        "ftp://b.example/x",
        "javascript:alert(1)",
        "https://",
        "https:///x",
        "https://user@b.example/",
        "https://b.example@evil.test/",
        "https://b.example\\@evil.test/",
        "https://b.exa\tmple/",
        "https://b.example/\n",
        "https://b.example/a b",
        "https://b\u3002example/",
        "https://b\uff0eexample/",
        "https://b.example:99999/",
        "https://b.example:x/",
        "https://b.example/" + "x" * 10_000,
        # Longer than an index takes, once it is written out.
        "https://b.example/" + "\u8b70" * 600,
        "https://b.example/" + "\xe9" * 600,
        "https://b_<script>.example/",
        "https://[::1/",
        "https://[zz::]/",
    ],
)
def test_d14_what_is_no_address_is_refused(uri):
    with pytest.raises(InvalidDocument):
        normal_uri(uri)


def test_a_host_name_in_normal_form():
    assert normal_host("B.Example.") == "b.example"
    for name in ("", ".", "a b", "a/b", "\u0000"):
        with pytest.raises(InvalidDocument):
            normal_host(name)


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("evil.example", "evil.example"),
        ("a.b.evil.example", "evil.example"),
        ("h1.evil.example:8443", "evil.example"),
        ("chu.gouv.fr", "chu.gouv.fr"),
        ("x.y.chu.gouv.fr", "chu.gouv.fr"),
        ("a.evil.co.uk", "evil.co.uk"),
        ("a.evl.de", "evl.de"),
        ("co.uk", "co.uk"),
        ("localhost", "localhost"),
        ("b.localhost:8002", "b.localhost"),
        ("10.0.0.1:80", "10.0.0.1"),
        ("[2001:db8::1]:443", "[2001:db8::1]"),
        ("[2001:db8::1]", "[2001:db8::1]"),
    ],
)
def test_d30_the_name_that_somebody_registered(host, domain):
    assert registrable_domain(host) == domain
