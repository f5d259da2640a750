"""Coming in by an invitation: the form of who was given the link."""

from __future__ import annotations

from quart import Response

from core.settings import Signup
from users.invitations import PATH, find_invitation
from users.signup import InvitationOver
from web.pages.sign_up import show_sign_up, take_sign_up
from web.visit import Pages, Visit


async def get_invitation(visit: Visit, code: str) -> Response:
    """Show the form to who may come in by this link; opening it uses nothing up."""
    if visit.browser is not None:
        return visit.page("invitation_over.html", reason="signed-in")
    if not await _is_good(visit, code):
        return _over(visit)
    return show_sign_up(visit, f"{PATH}/{code}", {})


async def post_invitation(visit: Visit, code: str) -> Response:
    """Make the account: approved beforehand, by whoever made the link."""
    if not await _is_good(visit, code):
        return _over(visit)
    try:
        return await take_sign_up(visit, f"{PATH}/{code}", code=code)
    except InvitationOver:
        # Somebody else took the last place meanwhile.
        return _over(visit)


async def _is_good(visit: Visit, code: str) -> bool:
    if visit.site.settings.signup is Signup.CLOSED:
        return False
    async with visit.database.read() as session:
        return await find_invitation(session, code) is not None


def _over(visit: Visit) -> Response:
    return visit.page("invitation_over.html", status=404, reason="over")


PAGES: Pages = (
    ("GET", f"{PATH}/<code>", get_invitation),
    ("POST", f"{PATH}/<code>", post_invitation),
)
