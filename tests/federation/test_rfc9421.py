"""RFC 9421: its own vectors, our signatures checked by others, theirs by us, and A33–A35."""

from __future__ import annotations

import base64
import time
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from core.clock import now
from core.errors import Unauthenticated
from fakes.message_signatures import content_digest, sign_message, why_message_refused
from fakes.proofs import multibase
from fakes.signing import Request, public_pem, rsa_key
from federation.keys import sign_ed25519, write_multikey
from federation.signatures import rfc9421
from federation.signatures.digests import content_digest_matches
from federation.signatures.reading import read_signature
from federation.signatures.request import SignedRequest
from federation.signatures.rfc9421 import Addressed, read_message_signature, verifies_message

BASE = "http://a.localhost:8001"
URL = f"{BASE}/users/alice/inbox?x=1"
KEY_ID = "http://b.localhost:8002/users/bob#main-key"
BODY = b'{"type": "Like"}'
EDDSA = Ed25519PrivateKey.generate()
PUBLIC = {"rfc9421": public_pem(rsa_key(0)), "ed25519": multibase(EDDSA)}
PRIVATE = {
    "rfc9421": rsa_key(0).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ),
    "ed25519": EDDSA.private_bytes_raw(),
}
THEIRS = {"rfc9421": rsa_key(0), "ed25519": EDDSA}

# RFC 9421, appendix B.1.4 and B.2.6.
RFC_PRIVATE = base64.b64decode("n4Ni+HpISpVObnQMW0wOhCKROaIKqKtW/2ZYb2p9KcU=")
RFC_PUBLIC = base64.b64decode("JrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs=")
RFC_B26 = "wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw=="
RFC_B26_INPUT = (
    '("date" "@method" "@path" "@authority" "content-type" "content-length")'
    ';created=1618884473;keyid="test-key-ed25519"'
)
RFC_DIGEST = (
    "sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXv"
    "Jwew==:"
)
RFC_HEADERS = {
    "date": "Tue, 20 Apr 2021 02:07:55 GMT",
    "content-type": "application/json",
    "content-length": "18",
    "content-digest": RFC_DIGEST,
}
RFC_TARGET = "/foo?param=Value&Pet=dog"
RFC_BODY = b'{"hello": "world"}'
# RFC 9421, appendix B.1.1 and section 4.3: what a proxy signed by rsa-v1_5-sha256.
RFC_RSA = """-----BEGIN RSA PUBLIC KEY-----
MIIBCgKCAQEAhAKYdtoeoy8zcAcR874L8cnZxKzAGwd7v36APp7Pv6Q2jdsPBRrw
WEBnez6d0UDKDwGbc6nxfEXAy5mbhgajzrw3MOEt8uA5txSKobBpKDeBLOsdJKFq
MGmXCQvEG7YemcxDTRPxAleIAgYYRjTSd/QBwVW9OwNFhekro3RtlinV0a75jfZg
kne/YiktSvLG34lw2zqXBDTC5NHROUqGTlML4PlNZS5Ri2U4aCNx2rUPRcKIlE0P
uKxI4T+HIaFpv8+rdV6eUgOrB2xeI1dSFFn/nnv5OoZJEIB+VmuKn3DCUcCZSFlQ
PSXSfBDiUGhwOw76WuSSsf1D4b/vLoJ10wIDAQAB
-----END RSA PUBLIC KEY-----
"""
RFC_PROXY_INPUT = (
    'proxy_sig=("@method" "@authority" "@path" "content-digest" "content-type" "content-length"'
    ' "forwarded");created=1618884480;keyid="test-key-rsa";alg="rsa-v1_5-sha256"'
    ";expires=1618884540"
)
RFC_PROXY = (
    "S6ZzPXSdAMOPjN/6KXfXWNO/f7V6cHm7BXYUh3YD/fRad4BCaRZxP+JH+8XY1I6+8Cy+CM5g92iHgxtRPz+MjniOaYmd"
    "kDcnL9cCpXJleXsOckpURl49GwiyUpZ10KHgOEe11sx3G2gxI8S0jnxQB+Pu68U9vVcasqOWAEObtNKKZd8tSFu7LB5Y"
    "Av0RAGhB8tmpv7sFnIm9y+7X5kXQfi8NMaZaA8i2ZHwpBdg7a6CMfwnnrtflzvZdXAsD3LH2TwevU+/PBPv0B6NMNk93"
    "wUs/vfJvye+YuI87HU38lZHowtznbLVdp770I6VHR6WfgS9ddzirrswsE1w5o0LV/g=="
)


def _rfc_request(**headers):
    return SignedRequest("POST", RFC_TARGET, tuple({**RFC_HEADERS, **headers}.items()), RFC_BODY)


def test_the_vector_of_b26_is_what_we_sign():
    covered = ("date", "@method", "@path", "@authority", "content-type", "content-length")
    addressed = Addressed("POST", "https", "example.com", RFC_TARGET)

    base = rfc9421.signature_base(covered, RFC_B26_INPUT, addressed, RFC_HEADERS)

    assert base64.b64encode(sign_ed25519(RFC_PRIVATE, base)).decode() == RFC_B26


def test_the_vector_of_b26_verifies():
    request = _rfc_request(
        **{"signature-input": f"sig-b26={RFC_B26_INPUT}", "signature": f"sig-b26=:{RFC_B26}:"}
    )
    public, read = write_multikey(RFC_PUBLIC), read_message_signature(request)

    assert verifies_message(read, request, public, base_url="https://example.com")
    assert not verifies_message(read, request, public, base_url="https://example.org")


def test_the_vector_of_section_4_3_verifies():
    request = _rfc_request(
        **{
            "forwarded": "for=192.0.2.123;host=example.com;proto=https",
            "signature-input": RFC_PROXY_INPUT,
            "signature": f"proxy_sig=:{RFC_PROXY}:",
        }
    )
    read = read_message_signature(request)

    base_url = "https://origin.host.internal.example"
    assert verifies_message(read, request, RFC_RSA, base_url=base_url)
    assert content_digest_matches(RFC_DIGEST, RFC_BODY)


@pytest.mark.parametrize("scheme", ["rfc9421", "ed25519"])
@pytest.mark.parametrize(("method", "body"), [("POST", BODY), ("GET", None)])
def test_what_we_sign_others_verify(scheme, method, body):
    headers = rfc9421.sign_message(
        method, URL, key_id=KEY_ID, private_key=PRIVATE[scheme], moment=now(), body=body,
        headers={"content-type": "application/activity+json"} if body else None,
    )  # fmt: skip
    request = Request(method, URL, URL.removeprefix(BASE), tuple(headers.items()), body or b"")

    assert why_message_refused(request, PUBLIC[scheme]) is None
    assert ("content-digest" in headers) == (method == "POST")
    assert headers["host"] == "a.localhost:8001"


def _theirs(method="POST", url=URL, *, scheme="rfc9421", **knobs):
    body = {"body": BODY} if method == "POST" else {}
    made = sign_message(
        method, url, **{"key": THEIRS[scheme], "key_id": KEY_ID, **body, **knobs}
    )  # fmt: skip
    return SignedRequest(made.method, made.target, made.headers, made.body)


def _counts(request, *, scheme="rfc9421", base_url=BASE):
    """Whether a request is taken as signed; what is refused without a key is `None`."""
    try:
        claim = read_signature(request)
        claim.check(base_url=base_url, moment=now())
    except Unauthenticated:
        return None
    assert claim.key_id == KEY_ID
    return claim.verifies(PUBLIC[scheme], base_url=base_url)


def _from_now(knobs: dict) -> dict:
    """Read times that are given in seconds from now."""
    moment = int(now().timestamp())
    times = {name: moment + value for name, value in knobs.items()
             if name in ("created", "expires") and value is not None}
    return knobs | times


@pytest.mark.parametrize("scheme", ["rfc9421", "ed25519"])
@pytest.mark.parametrize(
    "knobs",
    [
        {},
        {"method": "GET"},
        {"algorithm": None},
        {"label": "activitypub", "parameters": ';tag="activitypub";nonce="a\\"b"'},
        {"covered": ["@authority", "@path", "@query", "@method", "content-digest"]},
        {"covered": ["@authority", "@request-target", "@method", "content-digest", "host"]},
        {"digest": content_digest(BODY, "sha-512")},
        {"digest": f"{content_digest(BODY)}, {content_digest(BODY, 'sha-512')}"},
        {"digest": f"md5=:eA==:, {content_digest(BODY)}"},
        {"created": -3600, "expires": -3000},
    ],
    ids=str,
)
def test_a34_what_others_sign_we_verify(scheme, knobs):
    assert _counts(_theirs(scheme=scheme, **_from_now(knobs)), scheme=scheme) is True


@pytest.mark.parametrize(
    "knobs",
    [
        {"covered": ["@target-uri", "content-digest"]},
        {"covered": ["@method", "content-digest"]},
        {"covered": ["@method", "@authority", "@path", "content-digest"]},
        {"covered": ["@method", "@target-uri"]},
        {"covered": ["@method", "@target-uri", "content-digest", "x-absent"]},
        {"covered": ["@method", "@target-uri", "content-digest", "@status"]},
        {"covered": ["@method", "@method", "@target-uri", "content-digest"]},
        {"covered": []},
        {"created": None},
        {"created": -4000},
        {"created": 4000},
        {"created": 0, "expires": -1},
        {"created": -3800, "expires": -3700},
        {"key_id": None},
        {"algorithm": "hmac-sha256"},
        {"algorithm": "rsa-pss-sha512"},
        {"parameters": ";created=1"},
        {"parameters": ';req;x=";"("'},
        {"signature_header": "sig2=:{value}:"},
        {"signature_header": "sig1=:{value}:, sig2=:{value}:"},
        {"signature_header": "sig1={value}"},
        {"signature_header": "sig1=:{value}x:"},
        {"signature_header": ""},
        {"input_header": ""},
        {"input_header": 'sig1=("@method";req "@target-uri");created=1;keyid="k"'},
        {"input_header": "sig1=(@method);created=1"},
        {"more": [("Signature", "sig2=:eA==:")]},
        {"more": [("Signature-Input", 'sig2=("@method");created=1')]},
        {"omit": ["content-digest"]},
        {"sent_body": BODY + b" "},
        {"digest": "sha-1=:eA==:"},
        {"digest": content_digest(b"other")},
        {"digest": f"{content_digest(BODY)}, {content_digest(b'other', 'sha-512')}"},
        {"digest": f"{content_digest(BODY)}, {content_digest(BODY)}"},
        {"digest": "SHA-256=" + content_digest(BODY).strip(":").partition(":")[2]},
    ],
    ids=str,
)
def test_a33_what_is_refused_before_any_key_is_asked_for(knobs):
    assert _counts(_theirs(**_from_now(knobs))) is None


@pytest.mark.parametrize(
    "knobs",
    [
        {"signed_url": f"{BASE}/users/eve/inbox?x=1"},
        {"signed_url": "http://v.test/users/alice/inbox?x=1"},
        {"signed_url": URL.partition("?")[0]},
        {"signed_method": "GET"},
        {"algorithm": "ed25519"},
        {"signature": b"x" * 256},
        {"sent": {"content-type": "text/plain"},
         "covered": ["@method", "@target-uri", "content-digest", "content-type"]},
    ],
    ids=str,
)  # fmt: skip
def test_a33_what_does_not_verify(knobs):
    assert _counts(_theirs(**knobs)) is False


def test_a33_two_signatures_are_refused_though_one_is_good():
    good = _theirs().by_name
    foreign = 'sig2=("@method");created=1;keyid="http://v.test/key"'
    both = {
        "signature-input": f"{good['signature-input']}, {foreign}",
        "signature": f"{good['signature']}, sig2=:eA==:",
    }

    assert _counts(_theirs(sent=both)) is None


def test_a11_the_address_is_ours_by_the_settings_whatever_a_proxy_says():
    outside = "https://chu.example/users/alice/inbox?x=1"
    behind_a_proxy = {"host": "127.0.0.1:8000", "x-forwarded-host": "v.test"}

    request = _theirs(url=outside, sent=behind_a_proxy)

    assert _counts(request, base_url="https://chu.example") is True
    assert _counts(request, base_url="https://v.test") is False


def test_a_query_is_covered_where_there_is_one():
    covered = ["@method", "@authority", "@path", "content-digest"]

    assert _counts(_theirs(url=URL.partition("?")[0], covered=covered)) is True


def test_spaces_that_are_not_signed_do_not_matter():
    header = _theirs().by_name["signature-input"]
    spaced = header.replace('("@method" ', '( "@method"   ').replace(";alg", "; alg")

    assert _counts(_theirs(sent={"signature-input": spaced})) is True


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("input_header", "sig1=(" + '"a" ' * 50_000),
        ("input_header", "sig1=(" + " " * 8000 + "x"),
        ("input_header", "sig1=(" + '"\\\\' * 2500),
        ("input_header", 'sig1=("@method")' + ";a" * 4000),
        ("input_header", 'sig1=("@method")' + "".join(f";a{n}" for n in range(1500))),
        ("input_header", "sig1=(" + " ".join(f'"x{n}"' for n in range(1000)) + ")"),
        ("input_header", 'sig1=("@method");a=' + "b" * 8000 + "\\"),
        ("signature_header", "sig1=:" + "A" * 8000),
        ("signature_header", "sig1=:" + "A" * 200_000 + ":"),
        ("digest", ",".join(f"a{n}=:eA==:" for n in range(800))),
    ],
    ids=lambda text: text[:30],
)
def test_a35_hostile_headers_cost_next_to_nothing(header, value):
    request = _theirs(**{header: value})
    started = time.perf_counter()

    assert _counts(request) is None

    assert time.perf_counter() - started < 0.05


def test_times_move_with_the_clock():
    claim = read_signature(_theirs())

    claim.check(base_url=BASE, moment=now() + timedelta(minutes=64))
    for moment in (timedelta(minutes=66), -timedelta(minutes=61)):
        with pytest.raises(Unauthenticated):
            claim.check(base_url=BASE, moment=now() + moment)
