"""What an identity provider says of who signed on, as far as it concerns a claim.

Pro Santé Connect: `SubjectNameID` is `8` and the RPPS number, `SubjectRole` professions as
`10^1.2.250.1.213.1.1.5.5`, `SubjectRefPro` what they practise; each may be absent or empty. A
hospital's provider says names and little else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class SignOnFacts:
    """Who signed on at `issuer`; `category` is the register's (`E` for students)."""

    issuer: str
    number: str = ""
    given_name: str = ""
    family_name: str = ""
    professions: tuple[str, ...] = ()
    category: str = ""
    specialities: tuple[str, ...] = ()
    workplace: str = ""


def read_sign_on(issuer: str, claims: Mapping[str, Any]) -> SignOnFacts:
    """Read a provider's claims, leniently: what is not there, or of another shape, is not said."""
    practices = list(_practices(claims))
    roles = claims.get("SubjectRole")
    listed = roles if isinstance(roles, list) else [roles]
    professions = [_text(role).partition("^")[0] for role in listed]
    professions += [_text(one.get("codeProfession")) for one in practices]
    return SignOnFacts(
        issuer=issuer,
        number=_text(claims.get("SubjectNameID")),
        given_name=_text(claims.get("given_name")),
        family_name=_text(claims.get("family_name")),
        professions=_distinct(professions),
        category=next(
            iter(_distinct([_text(p.get("codeCategorieProfessionnelle")) for p in practices])), ""
        ),
        specialities=_distinct([_text(one.get("codeSavoirFaire")) for one in practices]),
        workplace=_text(claims.get("SubjectOrganization")),
    )


def _practices(claims: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    about = claims.get("SubjectRefPro")
    listed = about.get("exercices") if isinstance(about, Mapping) else None
    for one in listed if isinstance(listed, list) else []:
        if isinstance(one, Mapping):
            yield one


def _text(value: object) -> str:
    return value.strip()[:200] if isinstance(value, str) else ""


def _distinct(values: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if value))
