"""Reports: telling the moderators of a person, or of one of their posts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from quart import Response, request

from actors.queries import get_actor
from core.errors import Forbidden, NotFound
from moderation.reports import CATEGORIES, MAX_COMMENT, Complaint
from moderation.rules import Rule, read_rules
from outbox.flag import send_report
from posts.models import Post
from web.acting import read_own_form
from web.answers import go_to
from web.card import Card, list_cards
from web.handles import find_shown
from web.pages.acts import find_original
from web.paging import read_id
from web.person import Person, list_people, profile_path
from web.visit import Pages, Visit


@dataclass(frozen=True, slots=True)
class About:
    """What is reported: somebody, or a post of theirs; `path` is the page of the form."""

    path: str
    person: Person
    card: Card | None = None

    @property
    def posts(self) -> list[Post]:
        """The posts that the report names."""
        return [self.card.post] if self.card is not None else []


@dataclass(frozen=True, slots=True)
class Words:
    """What somebody says of it, as it was typed; `rules` are the numbers of those it breaks."""

    category: str = ""
    comment: str = ""
    rules: tuple[int, ...] = ()
    forwards: bool = False

    @classmethod
    def read(cls, form: Mapping[str, str], rules: tuple[Rule, ...]) -> Words:
        """Read a form; who ticks a rule says that it is broken."""
        broken = tuple(rule.id for rule in rules if f"rule-{rule.id}" in form)
        asked = form.get("category", "")
        category = "violation" if broken else asked if asked in CATEGORIES else ""
        comment = form.get("comment", "").strip().replace("\r\n", "\n")
        return cls(category, comment, broken, form.get("forward") == "yes")

    @property
    def problem(self) -> str:
        """What is wrong, as the page words it; empty for nothing."""
        if not self.category:
            return "category"
        return "long" if len(self.comment) > MAX_COMMENT else ""


async def get_post_report(visit: Visit, post_id: str) -> Response:
    """Ask what is wrong with a post."""
    return _form(visit, await _about_post(visit, post_id))


async def post_post_report(visit: Visit, post_id: str) -> Response:
    """Tell the moderators of a post."""
    form = await read_own_form(visit)
    return await _send(visit, await _about_post(visit, post_id), form)


async def get_person_report(visit: Visit, handle: str) -> Response:
    """Ask what is wrong with a person."""
    return _form(visit, await _about_person(visit, handle))


async def post_person_report(visit: Visit, handle: str) -> Response:
    """Tell the moderators of a person."""
    form = await read_own_form(visit)
    return await _send(visit, await _about_person(visit, handle), form)


async def _about_post(visit: Visit, post_id: str) -> About:
    visit.require_member()
    number = read_id(post_id)
    async with visit.database.read() as session:
        post = await find_original(session, visit, number)
        cards = await list_cards(session, [post], visit.viewer)
    if not cards:
        raise NotFound(f"the author of {number} is gone")
    return _of_others(visit, About(f"/posts/{number}/report", cards[0].author, cards[0]))


async def _about_person(visit: Visit, handle: str) -> About:
    visit.require_member()
    actor = await find_shown(visit, handle)
    async with visit.database.read() as session:
        people = await list_people(session, [actor])
    return _of_others(visit, About(f"{profile_path(actor)}/report", people[actor.id]))


def _of_others(visit: Visit, about: About) -> About:
    if about.person.actor.id == visit.require_member().actor.id:
        raise Forbidden("nobody reports themself")
    return about


async def _send(visit: Visit, about: About, form: Mapping[str, str]) -> Response:
    words = Words.read(form, _rules(visit))
    if words.problem:
        return _form(visit, about, words=words)
    async with visit.database.transaction() as session:
        target = await get_actor(session, about.person.actor.id)
        await send_report(
            session,
            _complaint(visit, about, words),
            target=target,
            posts=about.posts,
            forwards=words.forwards,
        )
    return go_to(visit.site.settings, f"{about.path}?sent=1")


def _complaint(visit: Visit, about: About, words: Words) -> Complaint:
    numbers = ", ".join(str(number) for number in words.rules)
    named = visit.language.gettext("Rules: %(numbers)s", numbers=numbers) if numbers else ""
    return Complaint(
        reporter_id=visit.require_member().actor.id,
        target_id=about.person.actor.id,
        post_ids=tuple(post.id for post in about.posts),
        category=words.category,
        comment="\n\n".join(part for part in (named, words.comment) if part),
    )


def _rules(visit: Visit) -> tuple[Rule, ...]:
    return read_rules(visit.site.settings.data_dir)


def _form(visit: Visit, about: About, *, words: Words | None = None) -> Response:
    return visit.page(
        "report.html",
        status=422 if words is not None else 200,
        about=about,
        words=words or Words(),
        problem=words.problem if words is not None else "",
        rules=_rules(visit),
        longest=MAX_COMMENT,
        is_sent=request.args.get("sent") == "1",
    )


PAGES: Pages = (
    ("GET", "/posts/<post_id>/report", get_post_report),
    ("POST", "/posts/<post_id>/report", post_post_report),
    ("GET", "/@<handle>/report", get_person_report),
    ("POST", "/@<handle>/report", post_person_report),
)
