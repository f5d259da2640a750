"""RFC 9421 as the fediverse speaks it: one signature, by RSA-v1.5-SHA-256 or Ed25519.

Spec: https://www.rfc-editor.org/rfc/rfc9421
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from core.errors import Unauthenticated
from federation.keys import is_ed25519, sign_ed25519, sign_rsa, verify_with
from federation.origin import origin_of
from federation.signatures.digests import content_digest_header, content_digest_matches
from federation.signatures.request import SignedRequest, target_of
from federation.signatures.structured import quoted, read_signature_input, read_signature_value
from federation.signatures.times import check_window, unix_time

MAX_HEADER_LENGTH = 8192
RSA, ED25519 = "rsa-v1_5-sha256", "ed25519"
LABEL = "sig1"


@dataclass(frozen=True, slots=True)
class MessageSignature:
    """What Signature-Input and Signature say; `input_text` is the line that is signed itself."""

    key_id: str
    algorithm: str
    covered: tuple[str, ...]
    signature: bytes
    created: datetime
    expires: datetime | None
    input_text: str


def read_message_signature(request: SignedRequest) -> MessageSignature:
    """Read the one signature of a request; nothing of it is checked yet.

    Raises Unauthenticated for none, for several, for one that names no key or no time, or that
    cannot be parsed. `nonce` and `tag`, as NodeBB writes them, are signed but mean nothing to us.
    """
    declared, made = (request.by_name.get(name, "") for name in ("signature-input", "signature"))
    if max(len(declared), len(made)) > MAX_HEADER_LENGTH:
        raise Unauthenticated("the signature's headers are longer than 8 KB")
    read = read_signature_input(declared)
    parameters = read.parameters
    algorithm = parameters.get("alg", "")
    if algorithm not in ("", RSA, ED25519):
        raise Unauthenticated(f"the algorithm {algorithm[:40]!r} is not accepted")
    created = unix_time(parameters.get("created"))
    if created is None or not parameters.get("keyid"):
        raise Unauthenticated("the signature must say created and keyid")
    return MessageSignature(
        key_id=parameters["keyid"],
        algorithm=algorithm,
        covered=read.covered,
        signature=read_signature_value(made, read.label),
        created=created,
        expires=unix_time(parameters.get("expires")),
        input_text=read.text,
    )


def check_message_signature(
    parameters: MessageSignature, request: SignedRequest, *, moment: datetime
) -> None:
    """Judge a signature in all that needs no key; raises Unauthenticated.

    It must cover the method and the whole address: `@target-uri`, or the parts that it is made of.
    That the address is one of ours is judged by `verifies_message`, which takes it from the
    settings. A POST must cover its content's digest.
    """
    covered = set(parameters.covered)
    by_parts = {"@authority", "@request-target"} <= covered or (
        {"@authority", "@path"} <= covered
        and ("@query" in covered or "?" not in request.target)
    )
    if "@method" not in covered or not ("@target-uri" in covered or by_parts):
        raise Unauthenticated("the signature must cover @method and @target-uri")
    if request.method == "POST" and "content-digest" not in covered:
        raise Unauthenticated("the signature must cover content-digest")
    for name in covered:
        value = request.by_name.get(name)
        if name not in _DERIVED and (value is None or not value.isascii()):
            raise Unauthenticated(f"the signed header {name[:60]} is absent or not ASCII")
    if parameters.expires is not None and parameters.expires < parameters.created:
        raise Unauthenticated("the signature expired before it was made")
    check_window(parameters.created, parameters.expires, moment)
    if "content-digest" in covered and not content_digest_matches(
        request.by_name["content-digest"], request.body
    ):
        raise Unauthenticated("the content's digest is not the body's")


def verifies_message(
    parameters: MessageSignature, request: SignedRequest, public_key: str, *, base_url: str
) -> bool:
    """Tell whether the signature is that key's: PEM or multibase.

    The address that was signed is rebuilt from our own `base_url`, never from what a proxy says.
    """
    named = {RSA: False, ED25519: True}.get(parameters.algorithm)
    if named is not None and named != is_ed25519(public_key):
        return False
    addressed = Addressed(request.method, *origin_of(base_url), request.target)
    base = signature_base(parameters.covered, parameters.input_text, addressed, request.by_name)
    return verify_with(public_key, parameters.signature, base)


class Addressed(NamedTuple):
    """What the derived components are made of; `target` is path and query."""

    method: str
    scheme: str
    host: str
    target: str


# RFC 9421 §2.2; the components of answers and of single query parameters are nobody's here.
_DERIVED: Mapping[str, Callable[[Addressed], str]] = {
    "@method": lambda to: to.method,
    "@target-uri": lambda to: f"{to.scheme}://{to.host}{to.target}",
    "@authority": lambda to: to.host,
    "@scheme": lambda to: to.scheme,
    "@request-target": lambda to: to.target,
    "@path": lambda to: to.target.partition("?")[0],
    "@query": lambda to: "?" + to.target.partition("?")[2],
}


def signature_base(
    covered: Sequence[str], input_text: str, addressed: Addressed, headers: Mapping[str, str]
) -> bytes:
    """Return what is signed (RFC 9421 §2.5); `headers` by lower-case name hold what is covered."""
    lines = []
    for name in covered:
        derive = _DERIVED.get(name)
        value = derive(addressed) if derive is not None else headers[name].strip()
        lines.append(f"{quoted(name)}: {value}")
    lines.append(f'"@signature-params": {input_text}')
    return "\n".join(lines).encode()


def sign_message(
    method: str,
    url: str,
    *,
    key_id: str,
    private_key: bytes,
    moment: datetime,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """Return the headers of a signed request, Content-Digest (with a body) among them.

    The key is an RSA one as PEM, or an Ed25519 one of 32 bytes: that needs 30 µs and no thread.
    """
    is_raw = len(private_key) == 32
    made = {name.lower(): value for name, value in (headers or {}).items()}
    covered = ["@method", "@target-uri"]
    if body is not None:
        made["content-digest"] = content_digest_header(body)
        covered += ["content-digest", *(n for n in ("content-type",) if n in made)]
    text = (
        # In this order, as apkit writes the parameters anew when it verifies.
        f"({' '.join(map(quoted, covered))});created={int(moment.timestamp())}"
        f';alg="{ED25519 if is_raw else RSA}";keyid={quoted(key_id)}'
    )
    addressed = Addressed(method, *origin_of(url), target_of(url))
    base = signature_base(covered, text, addressed, made)
    signature = (sign_ed25519 if is_raw else sign_rsa)(private_key, base)
    made["host"] = addressed.host
    made["signature-input"] = f"{LABEL}={text}"
    made["signature"] = f"{LABEL}=:{base64.b64encode(signature).decode()}:"
    return made


def accept_signature(method: str) -> str:
    """Return the Accept-Signature header that asks for a signed request (RFC 9421 §5.1)."""
    digest = ' "content-digest"' if method == "POST" else ""
    return f'{LABEL}=("@method" "@target-uri"{digest});created'


