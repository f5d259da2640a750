"""One way to read a signature, whichever of the two schemes it is of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from federation.origin import host_of
from federation.signatures.cavage import (
    CavageSignature,
    check_cavage,
    read_cavage,
    verifies_cavage,
)
from federation.signatures.request import SignedRequest
from federation.signatures.rfc9421 import (
    MessageSignature,
    check_message_signature,
    read_message_signature,
    verifies_message,
)


@dataclass(frozen=True, slots=True)
class SignatureClaim:
    """What a request says about who signed it: a claim until `check` and `verifies` agree."""

    request: SignedRequest
    parameters: CavageSignature | MessageSignature

    @property
    def key_id(self) -> str:
        """Which key is said to have signed."""
        return self.parameters.key_id

    def check(self, *, base_url: str, moment: datetime) -> None:
        """Judge all that needs no key: coverage, time, digest, and that it was meant for us.

        Raises Unauthenticated.
        """
        if isinstance(self.parameters, MessageSignature):
            check_message_signature(self.parameters, self.request, moment=moment)
            return
        hosts = _spellings(base_url)
        check_cavage(self.parameters, self.request, hosts=hosts, moment=moment)

    def verifies(self, public_key: str, *, base_url: str) -> bool:
        """Tell whether a key, PEM or multibase, made the signature, for an address of ours."""
        if isinstance(self.parameters, MessageSignature):
            return verifies_message(self.parameters, self.request, public_key, base_url=base_url)
        return verifies_cavage(self.parameters, self.request, public_key)


def read_signature(request: SignedRequest) -> SignatureClaim:
    """Read what a request's signature claims; nothing of it is checked yet.

    A Signature-Input header makes it one of RFC 9421. Raises Unauthenticated for no signature, and
    for one that cannot be parsed (WIRE §3).
    """
    if "signature-input" in request.by_name:
        return SignatureClaim(request, read_message_signature(request))
    return SignatureClaim(request, read_cavage(request))


def _spellings(base_url: str) -> tuple[str, str]:
    host = host_of(base_url)
    port = "443" if base_url.startswith("https:") else "80"
    return host, f"{host}:{port}"
