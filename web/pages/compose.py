"""The composer: opened for a post, an answer, a quote or a message; published, now or later."""

from __future__ import annotations

from dataclasses import replace

from quart import Response, request

from core.errors import InvalidInput, NotFound, TemporaryError
from core.text import find_handles
from db.session import AsyncSession
from outbox.create import send_create
from posts.drafts import prepare_draft
from posts.idempotency import Written, find_by_key
from posts.models import ScheduledPost, Visibility
from posts.queries import list_mentioned
from posts.quoting import find_quotable
from posts.reach import find_outlook
from posts.scheduled import read_due, schedule_draft
from users.secret import digest
from web.answers import go_to
from web.attaching import keep_words, receive_files
from web.composer import choices, composer_page, find_answered, fresh, own_post
from web.composing import MAX_DRAFT_NAME, Typed, id_in, read_typed
from web.filled import own_filled_form
from web.own_rows import own_rows
from web.person import profile_path
from web.refusals import refusal_words
from web.visit import Pages, Visit

HOME, LATER = "/compose", "/scheduled"
MAX_SHARED = 5000


async def get_compose(visit: Visit) -> Response:
    """Open the composer.

    `?answer=`, `?quote=` and `?edit=` name a post, `?to=` somebody to whom a message goes;
    `?title=`, `?text=` and `?url=` are what another program shares.
    """
    member = visit.require_member()
    if (edited := id_in(request.args.get("edit"))) is not None:
        async with visit.database.read() as session:
            await own_post(session, visit, edited)
        return go_to(visit.site.settings, f"{profile_path(member.actor)}/{edited}/edit")
    answer, quote = (id_in(request.args.get(name)) for name in ("answer", "quote"))
    async with visit.database.read() as session:
        await find_answered(session, visit, answer)
        await find_quotable(session, member.actor, quote)
        text = await _talk_names(session, visit, answer)
    to, shared = request.args.get("to", "").strip().lstrip("@"), _shared()
    begun = fresh(visit, answer=answer, quote=quote, text=text)
    if to:
        begun = replace(
            begun,
            text=f"@{to} ",
            audience=Visibility.MENTIONED.value,
            draft=f"to-{to}"[:MAX_DRAFT_NAME],
        )
    elif shared:
        begun = replace(begun, text=shared, draft="shared")
    return await composer_page(visit, begun, restores=not shared)


def _shared() -> str:
    """Return what another program shares: a page comes as its title and its address."""
    said = (request.args.get(name, "").strip() for name in ("title", "text", "url"))
    return "\n".join(dict.fromkeys(text for text in said if text))[:MAX_SHARED]


async def _talk_names(
    session: AsyncSession, visit: Visit, answer: int | None, text: str = ""
) -> str:
    """Begin the answer to a message with those who take part, unless the text names them."""
    parent = await find_answered(session, visit, answer)
    if parent is None or parent.visibility is not Visibility.MENTIONED:
        return text
    me, named = visit.require_member().actor.id, find_handles(text.lower())
    people = (await list_mentioned(session, [parent.id])).get(parent.id, [])
    missing = [
        f"@{actor.handle}"
        for actor in people
        if actor.id not in {me, parent.author_id} and actor.handle.lower() not in named
    ]
    return " ".join([*missing, text]) if missing else text


async def post_compose(visit: Visit) -> Response:
    """Publish what was typed, or keep it for later; the same form twice publishes once.

    Files that come with it are shown first, to be described.
    """
    async with own_filled_form(visit) as form:
        typed = read_typed(form)
        if (earlier := await _find_earlier(visit, typed)) is not None:
            return _sent(visit, earlier)
        typed, refused = await receive_files(visit, form, typed)
        if form.files or refused is not None:
            problem = refusal_words(visit.language, refused) if refused is not None else ""
            notice = visit.language.gettext(
                "Nothing is published yet: say what the files show, then publish."
            )
            return await composer_page(
                visit, typed, status=422 if problem else 200, problem=problem, notice=notice
            )
    try:
        return _sent(visit, await _publish(visit, typed))
    except (InvalidInput, NotFound, TemporaryError) as error:
        problem = refusal_words(visit.language, error)
        return await composer_page(visit, typed, status=422, problem=problem)


async def _find_earlier(visit: Visit, typed: Typed) -> Written | None:
    user = visit.require_member().user
    async with visit.database.read() as session:
        return await find_by_key(session, user.id, digest(typed.key))


async def _publish(visit: Visit, typed: Typed) -> Written:
    member, key = visit.require_member(), digest(typed.key)
    due_at = read_due(typed.due_in(visit.zone)) if typed.due else None
    params = typed.params()
    if typed.is_short:
        async with visit.database.read() as session:
            text = await _talk_names(session, visit, typed.answer, typed.text)
        params = replace(params, text=text)
    await keep_words(visit, typed)
    draft = await prepare_draft(
        visit.database, visit.site.client, member.actor, member.user, params=params
    )
    async with visit.database.transaction() as session:
        user, me = await own_rows(session, visit)
        if due_at is not None:
            return await schedule_draft(
                session, user.id, params=params, draft=draft, due_at=due_at, key=key
            )
        return await send_create(session, me, draft, idempotency_key=key, user_id=user.id)


def _sent(visit: Visit, written: Written) -> Response:
    """Go to what was written; our script, which forgets its draft first, is told where that is."""
    if isinstance(written, ScheduledPost):
        path = LATER
    elif written.deleted_at is not None:
        path = "/"
    else:
        path = f"{profile_path(visit.require_member().actor)}/{written.id}"
    if visit.wants_part:
        return visit.page("sent_part.html", path=path, is_later=path == LATER)
    return go_to(visit.site.settings, path)


async def get_reach(visit: Visit) -> Response:
    """Tell our script how far each audience reaches, now that other people are named."""
    member = visit.require_member()
    answer, quote = (id_in(request.args.get(name)) for name in ("answer", "quote"))
    async with visit.database.read() as session:
        parent = await find_answered(session, visit, answer)
        quoted = await find_quotable(session, member.actor, quote)
        offered, _ = choices(visit, parent=parent, quoted=quoted)
        outlook = await find_outlook(
            session, member.actor, request.args.getlist("name"), parent=parent, quoted=quoted
        )
    return visit.page("reach_part.html", offered=offered, outlook=outlook)


PAGES: Pages = (
    ("GET", HOME, get_compose),
    ("POST", HOME, post_compose),
    ("GET", f"{HOME}/reach", get_reach),
)
