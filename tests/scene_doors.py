"""The doors of the house, for the scene: links out of letters, an invitation, other ways in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

from actors.models import Actor
from db.session import AsyncSession
from users.invitations import PATH as INVITE
from users.invitations import Terms, make_invitation
from users.mailing import CONFIRM, FORGOTTEN, NEW_PASSWORD
from users.models import Purpose, User
from users.queries import find_user_by_username
from users.tickets import arm_ticket, ask_ticket, find_ticket

# What an instance of the scene offers besides passwords; nobody answers there.
SIGN_ON = {
    "oidc_issuer": "http://login.localhost:9",
    "oidc_client_id": "consilium",
    "oidc_client_secret": "kept by the hospital and its provider",
    "oidc_name": "CHU de Lyon",
}


@dataclass(frozen=True)
class Doors:
    """What came by letter: an invitation, a link that confirms, one for a new password."""

    invitation: str
    confirmation: str
    reset: str

    @property
    def for_strangers(self) -> dict[str, tuple[str, int]]:
        """The pages of a stranger, by name, and the status that each has."""
        return {
            "invited": (f"{INVITE}/{self.invitation}", 200),
            "invitation-over": (f"{INVITE}/of-last-year", 404),
            "sign-up-mail": ("/auth/sign-up/mail", 200),
            "sign-up-waits": ("/auth/sign-up/waits", 200),
            "confirm": (f"{CONFIRM}?{urlencode({'ticket': self.confirmation})}", 200),
            "confirm-over": (CONFIRM, 404),
            "confirm-again": (f"{CONFIRM}/again", 200),
            "confirmed": (f"{CONFIRM}/waits", 200),
            "forgotten-sent": (f"{FORGOTTEN}/sent", 200),
            "new-password": (f"{NEW_PASSWORD}?{urlencode({'ticket': self.reset})}", 200),
            "new-password-over": (NEW_PASSWORD, 404),
            "new-password-set": (f"{NEW_PASSWORD}/set", 200),
            "sign-on-late": ("/auth/sign-on/institution/back?state=old&code=old", 403),
            "farewell": ("/farewell", 200),
        }

    @property
    def for_members(self) -> dict[str, tuple[str, int]]:
        """The pages of who is signed in already."""
        return {
            "invited-already": (f"{INVITE}/{self.invitation}", 200),
            "sign-on-linking": ("/settings/security/sign-on?provider=institution", 200),
        }


async def open_doors(session: AsyncSession, camille: Actor) -> Doors:
    """Make an invitation, and let Camille have two letters whose links are still good."""
    _, code = await make_invitation(
        session, Terms(note="Cardiologie"), made_by=None, decided_by="command line"
    )
    user = await find_user_by_username(session, camille.username)
    assert user is not None
    return Doors(
        invitation=code,
        confirmation=await _ticket(session, user, Purpose.CONFIRM_EMAIL),
        reset=await _ticket(session, user, Purpose.RESET_PASSWORD),
    )


async def _ticket(session: AsyncSession, user: User, purpose: Purpose) -> str:
    await ask_ticket(session, user.id, purpose, email=user.email)
    armed = await arm_ticket(session, user.id, purpose)
    assert armed is not None
    ticket = await find_ticket(session, armed.secret, [purpose])
    assert ticket is not None
    # For as long as the walk takes.
    ticket.expires_at += timedelta(days=1)
    await session.flush()
    return armed.secret
