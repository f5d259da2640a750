"""draft-cavage-12 written a second time, apart from ours: signs as a stranger would, and checks us.

`sign_request` has a knob for every way to get it wrong.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from functools import cache
from itertools import count
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from core.clock import now

ACTIVITY_JSON = "application/activity+json"
STOCK = 8
_turn = count()


@cache
def rsa_key(number: int) -> rsa.RSAPrivateKey:
    """Return one of a stock of keys, made when first asked for."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def next_rsa_key() -> rsa.RSAPrivateKey:
    """Return another key than the last seven calls did."""
    return rsa_key(next(_turn) % STOCK)


def public_pem(key: rsa.RSAPrivateKey, *, pkcs1: bool = False) -> str:
    kind = serialization.PublicFormat.PKCS1 if pkcs1 else (
        serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return key.public_key().public_bytes(serialization.Encoding.PEM, kind).decode()


def digest_of(body: bytes) -> str:
    return "SHA-256=" + base64.b64encode(hashlib.sha256(body).digest()).decode()


@dataclass(frozen=True)
class Request:
    """A request as it goes over the wire; `target` is path and query."""

    method: str
    url: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes = b""

    def header(self, name: str) -> str | None:
        return next((v for n, v in self.headers if n.lower() == name), None)


def sign_request(
    method: str,
    url: str,
    *,
    key: rsa.RSAPrivateKey,
    key_id: str,
    body: bytes = b"",
    date: datetime | str | None = None,
    digest: str | None = None,
    covered: Sequence[str] | None = None,
    omit: Sequence[str] = (),
    algorithm: str | None = "rsa-sha256",
    host: str | None = None,
    target: str | None = None,
    sent_body: bytes | None = None,
    sent: Mapping[str, str] | None = None,
    created: int | None = None,
    expires: int | None = None,
    signature: bytes | None = None,
    header: str | None = None,
    content_type: str | None = ACTIVITY_JSON,
    more: Sequence[tuple[str, str]] = (),
) -> Request:
    """Sign a request; without knobs, as Mastodon does.

    `date`, `digest`, `host`, `target` are what is signed (`host`, `date`, `digest` are sent too);
    `covered` the names that are signed; `omit` those that are then not sent; `sent` replaces
    headers and `sent_body` the body after signing; `signature` replaces the signature's bytes,
    `header` the whole Signature header ("" sends none); `more` are further headers, even repeated.
    """
    parts = urlsplit(url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    values = {"host": host or parts.netloc, "date": _date(date)}
    if method == "POST":
        values["digest"] = digest if digest is not None else digest_of(body)
    if method == "POST" and content_type is not None:
        values["content-type"] = content_type
    if method == "GET":
        values["accept"] = ACTIVITY_JSON
    names = covered if covered is not None else (
        ["(request-target)", "host", "date"] + (["digest"] if method == "POST" else [])
    )
    text = "\n".join(
        f"{name}: {_value(name, values, method, target or path, created, expires)}"
        for name in names
    )
    made = signature if signature is not None else key.sign(
        text.encode(), padding.PKCS1v15(), hashes.SHA256()
    )
    if header is None:
        header = _header(key_id, algorithm, names, made, created=created, expires=expires)
    headers = {n: v for n, v in values.items() if n not in omit}
    if header:
        headers["signature"] = header
    headers |= dict(sent or {})
    return Request(
        method, url, path, (*headers.items(), *more), body if sent_body is None else sent_body
    )


def _date(value: datetime | str | None) -> str:
    if isinstance(value, str):
        return value
    return format_datetime((value or now()).astimezone(UTC), usegmt=True)


def _value(
    name: str,
    values: Mapping[str, str],
    method: str,
    target: str,
    created: int | None,
    expires: int | None,
) -> str:
    if name == "(request-target)":
        return f"{method.lower()} {target}"
    if name in ("(created)", "(expires)"):
        return str(created if name == "(created)" else expires)
    return values.get(name, "")


def _header(
    key_id: str,
    algorithm: str | None,
    names: Sequence[str],
    signature: bytes,
    *,
    created: int | None,
    expires: int | None,
) -> str:
    parts = [f'keyId="{key_id}"']
    if algorithm is not None:
        parts.append(f'algorithm="{algorithm}"')
    if created is not None:
        parts.append(f"created={created}")
    if expires is not None:
        parts.append(f"expires={expires}")
    parts.append(f'headers="{" ".join(names)}"')
    parts.append(f'signature="{base64.b64encode(signature).decode()}"')
    return ",".join(parts)


def key_id_of(headers: Sequence[tuple[str, str]]) -> str | None:
    """Return the keyId of a request's signature, None without one."""
    return _parameters(headers).get("keyId")


def _parameters(headers: Sequence[tuple[str, str]]) -> dict[str, str]:
    value = next((v for n, v in headers if n.lower() == "signature"), "")
    return dict(re.findall(r'([A-Za-z]+)="([^"]*)"', value))


def why_refused(request: Request, pem: str) -> str | None:
    """Check a request as strictly as any server does; return None, or what is wrong with it."""
    parameters = _parameters(request.headers)
    names = parameters.get("headers", "date").split()
    needed = {"(request-target)", "host", "date"} | ({"digest"} if request.body else set())
    if not needed <= set(names):
        return f"covers only {names}"
    values = {name.lower(): value for name, value in request.headers}
    if len(values) != len(request.headers):
        return "a header comes twice"
    if request.body and values.get("digest") != digest_of(request.body):
        return "the digest is not the body's"
    if abs((now() - parsedate_to_datetime(values["date"])).total_seconds()) > 300:
        return "the date is more than five minutes from now"
    text = "\n".join(
        f"{name}: {_value(name, values, request.method, request.target, None, None)}"
        for name in names
    )
    public = serialization.load_pem_public_key(pem.encode())
    assert isinstance(public, rsa.RSAPublicKey)
    try:
        public.verify(
            base64.b64decode(parameters["signature"]),
            text.encode(),
            padding.PKCS1v15(),
            hashes.SHA256(),
        )
    except (InvalidSignature, KeyError, ValueError):
        return "the signature does not verify"
    return None
