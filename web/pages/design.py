"""Every component in every state, on one page: for who makes pages, in development only."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from quart import Response

from actors.models import Actor, Badge
from actors.relationships import Relationship
from core.clock import now
from core.errors import NotFound
from core.text import to_html
from posts.models import Post, Visibility
from web.card import Card
from web.mine import Mine
from web.person import Person
from web.site import ROOM
from web.visit import Pages, Visit

_SAID = "Femme de 50-54 ans, syncope à l’effort, QTc à 490 ms. Un bêtabloquant d’emblée ?"


async def get_design(visit: Visit) -> Response:
    """Show what pages are made of; nothing of it is of anybody."""
    if not visit.site.settings.development:
        raise NotFound("the design is shown in development")
    anne, camille = _person(visit, 1, "Dr Anne Martin"), _person(visit, 2, "Camille Petit")
    return visit.page(
        "design.html",
        colours=_tokens("--", "light-dark"),
        sizes=_tokens("--size", "rem"),
        icons=_icons(),
        anne=anne,
        camille=camille,
        cards=[_card(anne, number, who) for number, who in enumerate(Visibility, start=1)],
        warned=_card(anne, 20, Visibility.LOCAL, content_warning="Image opératoire"),
        relations=[
            Relationship(1),
            Relationship(1, following=True, shows_boosts=True, followed_by=True),
            Relationship(1, requested=True),
            Relationship(1, requested_by=True),
            Relationship(1, muting=True),
            Relationship(1, blocking=True),
        ],
    )


def _tokens(beginning: str, holding: str) -> list[str]:
    text = (ROOM / "style" / "00-tokens.css").read_text()
    lines = (line.strip() for line in text.splitlines())
    found = [line.partition(":")[0] for line in lines if line.startswith(beginning)
             and holding in line]  # fmt: skip
    return sorted(set(found))


def _icons() -> list[str]:
    text = (ROOM / "static" / "icons.svg").read_text()
    return [part.partition('"')[0] for part in text.split('<symbol id="')[1:]]


def _person(visit: Visit, number: int, name: str) -> Person:
    domain = visit.site.uris.handle_domain
    actor = Actor(
        id=number, username=f"sample-{number}", username_key=f"sample-{number}", domain=domain,
        name=name, uri=f"https://{domain}/sample/{number}",
    )  # fmt: skip
    moment = now()
    badge = Badge(
        actor_id=number, profession="10", profession_label="Médecin", name=name,
        specialities_label="Cardiologie et maladies vasculaires", institution="CHU de Lyon",
        register_code="FR-RPPS", registration_number="99900000018", assurance="register-match",
        issuer_uri=f"https://{domain}/actor", issuer_name="CHU de Lyon", credential_uri="",
        is_doctor=True,
        verified_at=moment - timedelta(days=30), valid_until=moment + timedelta(days=60),
        status_checked_at=moment,
    )  # fmt: skip
    return Person(actor, badge if number == 1 else None)


def _card(author: Person, number: int, who: Visibility, **values: Any) -> Card:
    post = Post(
        id=number, uri="", author_id=author.actor.id, visibility=who, language="fr",
        content=to_html(_SAID, mention_page={}, tag_page=str), sanitiser_version=1,
        created_at=now() - timedelta(hours=3),
        clinical=who is Visibility.DOCTORS, replies_count=2, **values,
    )  # fmt: skip
    return Card(post=post, author=author, entry_id=number, mine=Mine())


PAGES: Pages = (
    ("GET", "/design", get_design),
)
