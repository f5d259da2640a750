"""draft-cavage-http-signatures-12: httpsig builds and parses the strings, cryptography signs.

Spec: https://datatracker.ietf.org/doc/html/draft-cavage-http-signatures-12
"""

from __future__ import annotations

import base64
import binascii
import re
import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from types import ModuleType, SimpleNamespace
from urllib.parse import urlsplit

from core.errors import Unauthenticated
from federation.keys import is_ed25519, sign_rsa, verify_with
from federation.signatures.digests import digest_header, digest_matches
from federation.signatures.request import SignedRequest, target_of
from federation.signatures.times import check_window, unix_time

# On import httpsig asks setuptools for its own version: 0.3 s of every start and a warning, for a
# text that nobody reads. A stand-in answers, and is gone afterwards.
_stand_in = ModuleType("pkg_resources")
_stand_in.get_distribution = lambda name: SimpleNamespace(version="")  # type: ignore[attr-defined]
_stand_in.DistributionNotFound = LookupError  # type: ignore[attr-defined]
_is_absent = sys.modules.setdefault("pkg_resources", _stand_in) is _stand_in
from httpsig.utils import generate_message, parse_signature_header  # noqa: E402

if _is_absent:
    del sys.modules["pkg_resources"]

MAX_HEADER_LENGTH = 8192
_ALGORITHMS = frozenset({"", "rsa-sha256", "hs2019", "ed25519"})
_PARAMETER = re.compile(r'\s*([A-Za-z][A-Za-z0-9_-]*)=(?:"([^"\\]*)"|([0-9]+))\s*(,|$)')
_SIGNED = ("(request-target)", "host", "date", "digest", "content-type")


@dataclass(frozen=True, slots=True)
class CavageSignature:
    """What a Signature header says. `covered` are the signed headers in order, lower case."""

    key_id: str
    algorithm: str
    covered: tuple[str, ...]
    signature: bytes
    created: datetime | None = None
    expires: datetime | None = None


def read_cavage(request: SignedRequest) -> CavageSignature:
    """Read what a request's signature claims; nothing of it is checked yet.

    Raises Unauthenticated for none, and for one that cannot be parsed (WIRE §3).
    """
    header = request.by_name.get("signature")
    if header is None:
        raise Unauthenticated("the request is not signed")
    return _parse(header)


def check_cavage(
    parameters: CavageSignature,
    request: SignedRequest,
    *,
    hosts: Collection[str],
    moment: datetime,
) -> None:
    """Judge a signature in all that needs no key.

    Raises Unauthenticated for a stale one, one that covers too little, a wrong digest, or a host
    that is not among ours.
    """
    _check_coverage(parameters, request)
    _check_time(parameters, request, moment)
    if request.by_name.get("host", "").lower() not in hosts:
        raise Unauthenticated("the signature is for another host")
    if "digest" in parameters.covered and not digest_matches(
        request.by_name["digest"], request.body
    ):
        raise Unauthenticated("the digest is not the body's")


def _parse(header: str) -> CavageSignature:
    if len(header) > MAX_HEADER_LENGTH:
        raise Unauthenticated("the Signature header is longer than 8 KB")
    _check_form(header)
    values = parse_signature_header(header)
    algorithm = str(values.get("algorithm", "")).lower()
    if algorithm not in _ALGORITHMS:
        raise Unauthenticated(f"the algorithm {algorithm[:40]!r} is not accepted")
    covered = tuple(str(values.get("headers") or "date").lower().split())
    if len(set(covered)) != len(covered) or not values.get("keyid"):
        raise Unauthenticated("the Signature header cannot be read")
    try:
        signature = base64.b64decode(str(values.get("signature", "")), validate=True)
    except binascii.Error as error:
        raise Unauthenticated("the signature is not base64") from error
    return CavageSignature(
        key_id=str(values["keyid"]),
        algorithm=algorithm,
        covered=covered,
        signature=signature,
        created=unix_time(values.get("created")),
        expires=unix_time(values.get("expires")),
    )


def _check_form(header: str) -> None:
    # httpsig takes the last of two equal names, and what stands between parameters for nothing.
    position, names = 0, set()
    while position < len(header):
        found = _PARAMETER.match(header, position)
        if found is None or found.group(1).lower() in names:
            raise Unauthenticated("the Signature header cannot be read")
        names.add(found.group(1).lower())
        position = found.end()


def _check_coverage(parameters: CavageSignature, request: SignedRequest) -> None:
    needed = {"(request-target)", "host"} | ({"digest"} if request.method == "POST" else set())
    if not needed <= set(parameters.covered):
        raise Unauthenticated(f"the signature must cover {' '.join(sorted(needed))}")
    if not {"date", "(created)"} & set(parameters.covered):
        raise Unauthenticated("the signature must cover date or (created)")
    if "(created)" in parameters.covered and (
        parameters.created is None or parameters.algorithm == "rsa-sha256"
    ):
        raise Unauthenticated("(created) does not go with this algorithm")
    derived = {"(request-target)", "(created)"} | ({"(expires)"} if parameters.expires else set())
    for name in parameters.covered:
        value = request.by_name.get(name)
        if name not in derived and (value is None or not value.isascii()):
            raise Unauthenticated(f"the signed header {name[:60]} is absent or not ASCII")


def _check_time(
    parameters: CavageSignature, request: SignedRequest, moment: datetime
) -> None:
    made = parameters.created if "(created)" in parameters.covered else None
    if "date" in parameters.covered:
        try:
            made = parsedate_to_datetime(request.by_name["date"])
        except (ValueError, OverflowError) as error:
            raise Unauthenticated("the date cannot be read") from error
        made = made if made.tzinfo else made.replace(tzinfo=UTC)
    assert made is not None
    check_window(made, parameters.expires, moment)


def verifies_cavage(parameters: CavageSignature, request: SignedRequest, public_key: str) -> bool:
    """Tell whether the signature is that key's: PEM or multibase.

    GoToSocial signs the target with its query, others without: both are tried.
    """
    targets = dict.fromkeys((request.target, request.target.partition("?")[0]))
    if parameters.algorithm == "ed25519" and not is_ed25519(public_key):
        return False
    return any(
        verify_with(public_key, parameters.signature, _message(parameters, request, target))
        for target in targets
    )


def _message(parameters: CavageSignature, request: SignedRequest, target: str) -> bytes:
    headers = dict(request.by_name)
    if parameters.created is not None:
        headers["(created)"] = str(int(parameters.created.timestamp()))
    if parameters.expires is not None:
        headers["(expires)"] = str(int(parameters.expires.timestamp()))
    message: bytes = generate_message(
        list(parameters.covered),
        headers,
        host=headers.get("host"),
        method=request.method,
        path=target,
    )
    return message


def sign_cavage(
    method: str,
    url: str,
    *,
    key_id: str,
    private_pem: bytes,
    moment: datetime,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    target: str | None = None,
) -> dict[str, str]:
    """Return the headers of a signed request: Host, Date, Digest (with a body) and Signature.

    `target` is signed instead of the address's path and query, as for servers that leave the query
    out.
    """
    made = {
        "host": urlsplit(url).netloc.rpartition("@")[2],
        "date": format_datetime(moment.astimezone(UTC), usegmt=True),
        **{name.lower(): value for name, value in (headers or {}).items()},
    }
    if body is not None:
        made["digest"] = digest_header(body)
    covered = [name for name in _SIGNED if name in made or name.startswith("(")]
    message = generate_message(
        covered, made, host=made["host"], method=method.lower(), path=target or target_of(url)
    )
    signature = base64.b64encode(sign_rsa(private_pem, message)).decode()
    made["signature"] = (
        f'keyId="{key_id}",algorithm="rsa-sha256",headers="{" ".join(covered)}",'
        f'signature="{signature}"'
    )
    return made
