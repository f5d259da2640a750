"""`/settings/badge`: where one stands on the way to the badge, and what one can do about it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from quart import Response, request

from core.errors import InvalidInput, NotFound, ServerError, TooLarge
from core.i18n import mark
from core.settings import Switch
from db.session import AsyncSession
from doctors.claims import find_open_claim, withdraw_claim
from doctors.evidence import MAX_FILE_BYTES, MAX_FILES, add_file, remove_evidence
from doctors.models import Claim
from doctors.news import find_withdrawn, list_news, note_news_read
from doctors.offers import get_offered
from media.forms import ReadForm, Taken, is_form_with_files, read_form_with_files
from media.store import StoreFull
from outbox.accept import send_accept_offer
from outbox.reject import send_reject_offer
from users.limits import TooManyAttempts
from users.openid import providers
from web.acting import read_own_form
from web.answers import go_to
from web.badge import read_standing
from web.files_read import read_whole
from web.forms import require_own_form
from web.own_rows import own_rows
from web.pages.findable import finders
from web.paging import read_id
from web.visit import Pages, Visit

BADGE = "/settings/badge"
_TAKEN = Taken(files=("file",))
_EMPTY = mark("Choose a document first: a photograph of your card or diploma, or a PDF.")
_LARGE = mark("The document is too large: 10 MB at most. Nothing was added.")
_SAID = (
    ("at most 5", mark("There are five documents already: remove one first.")),
    (
        "earlier claims",
        mark("Twenty documents of your earlier requests are still kept. They go in some weeks."),
    ),
    ("MB", _LARGE),
    ("empty", _EMPTY),
    (
        "PDF",
        mark("A document is a PDF, a JPEG or a PNG. Nothing was added; save it as one of these."),
    ),
    ("decided", mark("This request was decided meanwhile. Nothing was added.")),
)
_KINDS: tuple[tuple[type[ServerError], str, int], ...] = (
    (TooLarge, _LARGE, 413),
    (TooManyAttempts, mark("Those were many files in a short time: wait some minutes."), 429),
    (StoreFull, mark("There is no room for files at the moment: try again later."), 503),
)


async def get_badge(visit: Visit) -> Response:
    """Show where one stands."""
    visit.require_member()
    return await show_badge(visit)


async def show_badge(visit: Visit, *, problem: str = "", status: int = 200) -> Response:
    """Show where one stands, with what did not work."""
    async with visit.database.read() as session:
        user, actor = await own_rows(session, visit)
        standing = await read_standing(session, visit, actor)
        withdrawn = await find_withdrawn(session, actor.id)
        news = await list_news(session, user.id, actor.id)
    if news:
        async with visit.database.transaction() as session:
            await note_news_read(session, user.id, news)
    return visit.page(
        "badge.html",
        status=status,
        section=BADGE,
        standing=standing,
        withdrawn=None if standing.has_badge or standing.open else withdrawn,
        is_findable=actor.discoverable,
        finders=finders(visit),
        providers=providers(visit.site.settings),
        problem=visit.language.gettext(problem) if problem else "",
        done=request.args.get("done", ""),
        most=MAX_FILES,
        evidence_days=visit.site.settings.evidence_days,
        four_eyes=visit.site.settings.four_eyes is Switch.ON,
    )


async def post_evidence(visit: Visit) -> Response:
    """Add a document to the claim that waits."""
    visit.require_member()
    if not is_form_with_files(request):
        raise InvalidInput("a form with files")
    try:
        form = await read_form_with_files(
            request, visit.site.settings, _TAKEN, count=lambda: _count(visit)
        )
    except (TooLarge, TooManyAttempts, StoreFull) as error:
        return await _refused(visit, error)
    try:
        require_own_form(visit, dict(form.pairs))
        await _keep(visit, form)
    except (InvalidInput, TooLarge) as error:
        return await _refused(visit, error)
    finally:
        await form.drop()
    return go_to(visit.site.settings, f"{BADGE}?done=document#evidence")


def _count(visit: Visit) -> None:
    if visit.site.settings.rate_limits is Switch.ON:
        visit.site.uploads.require(str(visit.require_member().user.id))


async def _keep(visit: Visit, form: ReadForm) -> None:
    file = form.file("file")
    if file is None:
        raise InvalidInput("the file is empty")
    data = await read_whole(file, MAX_FILE_BYTES)
    name = dict(form.pairs).get("name", "")
    async with visit.database.transaction() as session:
        claim = await _own_open(session, visit)
        await add_file(session, claim, name, data)


async def _refused(visit: Visit, error: ServerError) -> Response:
    for kind, words, status in _KINDS:
        if isinstance(error, kind):
            return await show_badge(visit, problem=words, status=status)
    said = str(error)
    words = next((words for part, words in _SAID if part in said), said)
    return await show_badge(visit, problem=words, status=422)


async def post_removal(visit: Visit, evidence_id: str) -> Response:
    """Take back a document, or a sign-on, of the claim that waits."""
    number = read_id(evidence_id)
    await read_own_form(visit)
    async with visit.database.transaction() as session:
        await remove_evidence(session, await _own_open(session, visit), number)
    return go_to(visit.site.settings, f"{BADGE}?done=removed#evidence")


async def post_withdrawal(visit: Visit) -> Response:
    """Take the claim that waits back."""
    await read_own_form(visit)
    async with visit.database.transaction() as session:
        _, actor = await own_rows(session, visit)
        await withdraw_claim(session, actor, (await _own_open(session, visit)).id)
    return go_to(visit.site.settings, f"{BADGE}?done=withdrawn")


async def _own_open(session: AsyncSession, visit: Visit) -> Claim:
    claim = await find_open_claim(session, visit.require_member().actor.id)
    if claim is None:
        raise NotFound("no claim of theirs waits")
    return claim


async def post_acceptance(visit: Visit, offer_id: str) -> Response:
    """Let what an authority offers count."""

    async def accept(session: AsyncSession, number: int) -> None:
        _, actor = await own_rows(session, visit)
        found = await get_offered(session, actor.id, number)
        await send_accept_offer(session, actor, found, by=f"@{actor.username}")

    return await _answer(visit, offer_id, accept, done="accepted")


async def post_declination(visit: Visit, offer_id: str) -> Response:
    """Decline what an authority offers, or give up what was accepted."""

    async def decline(session: AsyncSession, number: int) -> None:
        _, actor = await own_rows(session, visit)
        found = await get_offered(session, actor.id, number)
        await send_reject_offer(session, actor, found.offer)

    return await _answer(visit, offer_id, decline, done="declined")


async def _answer(
    visit: Visit,
    offer_id: str,
    answer: Callable[[AsyncSession, int], Awaitable[None]],
    *,
    done: str,
) -> Response:
    number = read_id(offer_id)
    await read_own_form(visit)
    async with visit.database.transaction() as session:
        await answer(session, number)
    return go_to(visit.site.settings, f"{BADGE}?done={done}")


PAGES: Pages = (
    ("GET", BADGE, get_badge),
    ("POST", f"{BADGE}/evidence", post_evidence),
    ("POST", f"{BADGE}/evidence/<evidence_id>/remove", post_removal),
    ("POST", f"{BADGE}/withdraw", post_withdrawal),
    ("POST", f"{BADGE}/offers/<offer_id>/accept", post_acceptance),
    ("POST", f"{BADGE}/offers/<offer_id>/decline", post_declination),
)
