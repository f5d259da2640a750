"""Just as much of RFC 8941's structured fields as one signature needs, and nothing lenient.

Spec: https://www.rfc-editor.org/rfc/rfc9421#section-4
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass

from core.errors import Unauthenticated

MAX_COVERED = 40
MAX_PARAMETERS = 20
_KEY = r"[a-z*][a-z0-9_.*-]*"
_STRING = r'"(?:[ !#-\[\]-~]|\\["\\])*"'
_NUMBER = r"0|-?[1-9][0-9]{0,14}"
_LABEL = re.compile(rf" *({_KEY})=\(")
_ITEM = re.compile(rf" *({_STRING})(?=[ )])")
_END = re.compile(r" *\)")
_TOKEN = r"[A-Za-z*][A-Za-z0-9!#$%&'*+.^_`|~:/-]*"
_PARAMETER = re.compile(rf"; *({_KEY})(?:=({_STRING}|{_NUMBER}|\?[01]|{_TOKEN}))?")
_SIGNATURE = re.compile(rf" *({_KEY})=:([A-Za-z0-9+/=]*): *")


@dataclass(frozen=True, slots=True)
class SignatureInput:
    """The one member of a Signature-Input header; `text` is its canonical form, as it is signed.

    Texts among the `parameters` are without their quotes; what has no value is "?1".
    """

    label: str
    covered: tuple[str, ...]
    parameters: dict[str, str]
    text: str


def read_signature_input(header: str) -> SignatureInput:
    """Read a Signature-Input header with exactly one signature.

    Raises Unauthenticated for none, for several, for a component that has parameters of its own,
    for what is named twice, and for whatever is no structured field.
    """
    found = _LABEL.match(header)
    if found is None:
        raise Unauthenticated("the Signature-Input header cannot be read")
    covered, position = _read_covered(header, found.end())
    parameters, position = _read_parameters(header, position)
    if header[position:].strip(" "):
        raise Unauthenticated("the Signature-Input header holds more than one signature")
    # Written again, since spaces between the parts are not signed.
    text = f"({' '.join(covered)})" + "".join(
        f";{name}" if value is None else f";{name}={value}" for name, value in parameters.items()
    )
    return SignatureInput(
        label=found.group(1),
        covered=tuple(_plain(item) for item in covered),
        parameters={name: _plain(value or "?1") for name, value in parameters.items()},
        text=text,
    )


def _read_covered(header: str, position: int) -> tuple[list[str], int]:
    items: list[str] = []
    while (item := _ITEM.match(header, position)) is not None:
        if item.group(1) in items or len(items) == MAX_COVERED:
            raise Unauthenticated("the signature covers too much, or a thing twice")
        items.append(item.group(1))
        position = item.end()
    end = _END.match(header, position)
    if end is None:
        raise Unauthenticated("what the signature covers cannot be read")
    return items, end.end()


def _read_parameters(header: str, position: int) -> tuple[dict[str, str | None], int]:
    found: dict[str, str | None] = {}
    while (parameter := _PARAMETER.match(header, position)) is not None:
        if parameter.group(1) in found or len(found) == MAX_PARAMETERS:
            raise Unauthenticated("the signature has too many parameters, or one twice")
        found[parameter.group(1)] = parameter.group(2)
        position = parameter.end()
    return found, position


def _plain(item: str) -> str:
    return re.sub(r"\\(.)", r"\1", item[1:-1]) if item.startswith('"') else item


def read_signature_value(header: str, label: str) -> bytes:
    """Return the bytes of a Signature header with exactly one signature, of that label.

    Raises Unauthenticated for any other header.
    """
    found = _SIGNATURE.fullmatch(header)
    if found is None or found.group(1) != label:
        raise Unauthenticated(f"the Signature header is not the one signature {label[:60]!r}")
    try:
        return base64.b64decode(found.group(2), validate=True)
    except binascii.Error as error:
        raise Unauthenticated("the signature is not base64") from error


def quoted(text: str) -> str:
    """Write a text as a structured string."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
