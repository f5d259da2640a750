"""What somebody says of themself, and how they are found and read: profile and privacy."""

from __future__ import annotations

from collections.abc import Mapping

from quart import Response, request

from actors.models import Actor
from actors.profile import SHOWN_PARTS
from core.errors import InvalidInput
from outbox.update import send_update_actor
from posts.audience import choose_audience
from posts.models import Visibility
from users.profile import ProfileChanges, update_profile
from web.acting import read_own_form
from web.answers import go_to
from web.own_rows import own_rows
from web.person import list_people
from web.visit import Pages, Visit

PROFILE, PRIVACY = "/settings/profile", "/settings/privacy"
LINES = 4
# What one may choose as the audience of one's posts, narrowest last.
AUDIENCES = (
    Visibility.PUBLIC,
    Visibility.UNLISTED,
    Visibility.DOCTORS,
    Visibility.LOCAL,
    Visibility.FOLLOWERS,
    Visibility.MENTIONED,
)


async def get_profile_settings(visit: Visit) -> Response:
    """Show what one says of oneself, to be changed."""
    return await show_profile(visit)


async def post_profile_settings(visit: Visit) -> Response:
    """Change what one says of oneself, and tell those who know one."""
    form = await read_own_form(visit)
    changes = ProfileChanges(
        name=form.get("name", ""),
        note=form.get("note", ""),
        fields=_lines(form),
        avatar_description=form.get("avatar_description"),
        header_description=form.get("header_description"),
        shows={part: f"show_{part}" in form for part in SHOWN_PARTS},
    )
    try:
        await _change(visit, changes)
    except InvalidInput as error:
        return await show_profile(visit, form, problem=str(error), status=422)
    return go_to(visit.site.settings, f"{PROFILE}?saved=1")


async def get_privacy(visit: Visit) -> Response:
    """Show who finds and reads one, to be changed."""
    return await _privacy(visit)


async def post_privacy(visit: Visit) -> Response:
    """Change who finds and reads one, and the audience that one's posts have unless said."""
    form = await read_own_form(visit)
    wanted = form.get("default_audience") or None
    changes = ProfileChanges(
        approves_followers="approves_followers" in form,
        discoverable="discoverable" in form,
        indexable="indexable" in form,
        hides_network="hides_network" in form,
        default_audience=wanted,
        default_sensitive="default_sensitive" in form,
        default_quote_policy=form.get("default_quote_policy") or None,
    )
    means = form.get("private_means") or None
    try:
        for word in (wanted, means):
            _require_audience(visit, word)
        await _change(visit, changes, private_means=means)
    except InvalidInput as error:
        return await _privacy(visit, problem=str(error), status=422)
    return go_to(visit.site.settings, f"{PRIVACY}?saved=1")


async def _own_form(visit: Visit) -> Mapping[str, str]:
    form = await read_own_form(visit)
    return form


async def _change(visit: Visit, changes: ProfileChanges, **of_user: str | None) -> None:
    async with visit.database.transaction() as session:
        user, actor = await own_rows(session, visit)
        await update_profile(session, user, actor, changes)
        for name, value in of_user.items():
            setattr(user, name, value)
        if changes.concerns_actor:
            await send_update_actor(session, actor)


def _require_audience(visit: Visit, word: str | None) -> None:
    """Refuse an audience that this person could not choose for a post."""
    if word is None:
        return
    if word not in AUDIENCES:
        raise InvalidInput("Validation failed: Visibility is not included in the list")
    user = visit.require_member().user
    choose_audience(_WORDS.get(word, word), user, is_doctor=visit.viewer.is_doctor, parent=None)


_WORDS = {Visibility.MENTIONED.value: "direct"}


def _lines(form: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(
        (form.get(f"line-{n}-name", ""), form.get(f"line-{n}-value", "")) for n in range(LINES)
    )


def _typed_of(actor: Actor) -> dict[str, str]:
    typed = {
        "name": actor.name or "",
        "note": actor.summary_source or "",
        "avatar_description": actor.avatar_description,
        "header_description": actor.header_description,
    }
    for n, line in enumerate(actor.fields[:LINES]):
        typed[f"line-{n}-name"] = line["name"]
        typed[f"line-{n}-value"] = line.get("source", "")
    return typed | {f"show_{part}": "yes" for part in SHOWN_PARTS if actor.shows.get(part, True)}


async def show_profile(
    visit: Visit,
    typed: Mapping[str, str] | None = None,
    *,
    problem: str = "",
    picture_problem: str = "",
    status: int = 200,
) -> Response:
    """Show the profile's section; `typed` is what was sent and is not kept."""
    async with visit.database.read() as session:
        _, actor = await own_rows(session, visit)
        person = (await list_people(session, [actor]))[actor.id]
    return visit.page(
        "own_profile.html",
        status=status,
        section=PROFILE,
        person=person,
        typed=_typed_of(actor) if typed is None else typed,
        problem=problem,
        picture_problem=picture_problem,
        lines=range(LINES),
        is_saved="saved" in request.args,
    )


async def _privacy(visit: Visit, *, problem: str = "", status: int = 200) -> Response:
    member = visit.require_member()
    async with visit.database.read() as session:
        user, actor = await own_rows(session, visit)
    is_doctor = visit.viewer.is_doctor
    offered = [one for one in AUDIENCES if is_doctor or one is not Visibility.DOCTORS]
    return visit.page(
        "privacy.html",
        status=status,
        section=PRIVACY,
        actor=actor,
        user=user,
        usual=choose_audience(None, member.user, is_doctor=is_doctor, parent=None),
        audiences=offered,
        problem=problem,
        is_saved="saved" in request.args,
    )


PAGES: Pages = (
    ("GET", PROFILE, get_profile_settings),
    ("POST", PROFILE, post_profile_settings),
    ("GET", PRIVACY, get_privacy),
    ("POST", PRIVACY, post_privacy),
)
