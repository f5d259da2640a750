"""RFC 9421 written a second time, apart from ours: signs as a stranger would, and checks us.

`sign_message` has a knob for every way to get it wrong.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from core.clock import now
from fakes.proofs import unbase58
from fakes.signing import ACTIVITY_JSON, Request

PrivateKey = rsa.RSAPrivateKey | Ed25519PrivateKey
GET_COVERS = ("@method", "@target-uri")
POST_COVERS = (*GET_COVERS, "content-digest")


def content_digest(body: bytes, name: str = "sha-256") -> str:
    made = hashlib.new(name.replace("-", ""), body).digest()
    return f"{name}=:{base64.b64encode(made).decode()}:"


def sign_message(
    method: str,
    url: str,
    *,
    key: PrivateKey,
    key_id: str | None,
    body: bytes = b"",
    label: str = "sig1",
    covered: Sequence[str] | None = None,
    created: int | None = -1,
    expires: int | None = None,
    algorithm: str | None = "",
    parameters: str = "",
    digest: str | None = None,
    signed_url: str | None = None,
    signed_method: str | None = None,
    sent_body: bytes | None = None,
    sent: Mapping[str, str] | None = None,
    omit: Sequence[str] = (),
    signature: bytes | None = None,
    signature_header: str | None = None,
    input_header: str | None = None,
    more: Sequence[tuple[str, str]] = (),
) -> Request:
    """Sign a request; without knobs, as Mastodon does.

    `created` -1 is now, None leaves it out, as `algorithm` None and `key_id` None do; `parameters`
    are added as they are (`;nonce="x"`). `signed_url`, `signed_method` and `digest` are what is
    signed (the digest is sent too); `omit` names headers that are then not sent, `sent` replaces
    them, `sent_body` the body; `signature` replaces the bytes, `signature_header` and
    `input_header` the whole headers; `more` are further headers, even repeated.
    """
    parts = urlsplit(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    headers = _headers(method, parts.netloc, content_digest(body) if digest is None else digest)
    names = covered if covered is not None else POST_COVERS if method == "POST" else GET_COVERS
    written = {
        "created": int(now().timestamp()) if created == -1 else created,
        "expires": expires,
        "keyid": key_id and f'"{key_id}"',
        "alg": None if algorithm is None else f'"{algorithm or _algorithm(key)}"',
    }
    line = "(" + " ".join(f'"{name}"' for name in names) + ")"
    line += "".join(f";{name}={value}" for name, value in written.items() if value is not None)
    line += parameters
    base = _base(names, line, signed_method or method, signed_url or url, headers)
    made = signature if signature is not None else _sign(key, base)
    headers = {name: value for name, value in headers.items() if name not in omit}
    headers["signature-input"] = f"{label}={line}" if input_header is None else input_header
    encoded = base64.b64encode(made).decode()
    headers["signature"] = (
        f"{label}=:{encoded}:" if signature_header is None
        else signature_header.replace("{value}", encoded)
    )  # fmt: skip
    headers |= dict(sent or {})
    return Request(
        method, url, target, (*headers.items(), *more), body if sent_body is None else sent_body
    )


def _headers(method: str, host: str, digest: str) -> dict[str, str]:
    if method != "POST":
        return {"host": host, "accept": ACTIVITY_JSON}
    return {"host": host, "content-type": ACTIVITY_JSON, "content-digest": digest}


def _algorithm(key: PrivateKey) -> str:
    return "ed25519" if isinstance(key, Ed25519PrivateKey) else "rsa-v1_5-sha256"


def _sign(key: PrivateKey, base: bytes) -> bytes:
    if isinstance(key, Ed25519PrivateKey):
        return key.sign(base)
    return key.sign(base, padding.PKCS1v15(), hashes.SHA256())


def _base(
    names: Sequence[str], line: str, method: str, url: str, headers: Mapping[str, str]
) -> bytes:
    parts = urlsplit(url)
    derived = {
        "@method": method,
        "@target-uri": url,
        "@authority": parts.netloc,
        "@scheme": parts.scheme,
        "@path": parts.path or "/",
        "@query": f"?{parts.query}",
        "@request-target": (parts.path or "/") + (f"?{parts.query}" if parts.query else ""),
    }
    lines = [f'"{name}": {derived.get(name, headers.get(name, ""))}' for name in names]
    return "\n".join([*lines, f'"@signature-params": {line}']).encode()


def parameters_of(headers: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Return the parameters of a request's RFC 9421 signature, empty without one."""
    value = next((v for n, v in headers if n.lower() == "signature-input"), "")
    found = re.findall(r';([a-z]+)=(?:"([^"]*)"|([0-9]+))', value)
    return {name: text or number for name, text, number in found}


def why_message_refused(request: Request, public: str) -> str | None:
    """Check a request as strictly as Mastodon does; return None, or what is wrong with it."""
    values = {name.lower(): value for name, value in request.headers}
    if len(values) != len(request.headers):
        return "a header comes twice"
    found = re.fullmatch(r'(\w+)=(\(("[^"]+"(?: "[^"]+")*)\)(.*))', values["signature-input"])
    made = re.fullmatch(r"(\w+)=:([^:]+):", values.get("signature", ""))
    if found is None or made is None or found.group(1) != made.group(1):
        return "it is not one signature of one label"
    names = re.findall(r'"([^"]+)"', found.group(3))
    needed = set(POST_COVERS if request.body else GET_COVERS)
    if not needed <= set(names):
        return f"covers only {names}"
    if request.body and values["content-digest"] != content_digest(request.body):
        return "the content's digest is not the body's"
    parameters = parameters_of(request.headers)
    if abs(now().timestamp() - int(parameters.get("created", 0))) > 300:
        return "it was made more than five minutes from now"
    url = f"http://{values['host']}{request.target}"
    base = _base(names, found.group(2), request.method, url, values)
    signature, algorithm = base64.b64decode(made.group(2)), parameters.get("alg")
    try:
        if public.startswith("z"):
            Ed25519PublicKey.from_public_bytes(unbase58(public[1:])[2:]).verify(signature, base)
            return None if algorithm == "ed25519" else f"its algorithm is {algorithm}"
        key = serialization.load_pem_public_key(public.encode())
        assert isinstance(key, rsa.RSAPublicKey)
        key.verify(signature, base, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return "the signature does not verify"
    return None if algorithm == "rsa-v1_5-sha256" else f"its algorithm is {algorithm}"
