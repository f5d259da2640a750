"""An instance whose sign-up and mail a test chooses, and people who come to it.

    @pytest.fixture
    def settings(settings, box): return with_mail(settings, box, "open")
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from pydantic import SecretStr

import factories
from core import clock
from core.settings import Settings, Signup
from db.session import Database
from fakes.mailbox import Mailbox, Taken
from users import accounts, doors
from users.application import Application
from users.invitations import Terms, make_invitation
from users.models import Invitation, Role, User
from users.passwords import hash_password
from users.queries import find_user_by_username
from workers.jobs import process_jobs

PASSWORD = "three words together"
EMAIL = "dora@chu.example"


def with_mail(settings: Settings, box: Mailbox | None, signup: str = "open") -> Settings:
    """Return the settings of an instance that sends its mail there, or none."""
    url = SecretStr(box.url() if box is not None else "")
    return settings.model_copy(update={"smtp_url": url, "signup": Signup(signup)})


def use_settings(database: Database, settings: Settings) -> None:
    """Go on with other settings, as after a restart."""
    database.settings = settings
    database._info["settings"] = settings


def begin_a_window() -> None:
    """Forget every try, and go to where the next half hour of counting begins."""
    doors.forget_tries()
    accounts._attempts.reset()
    moment = clock.now()
    clock.shift(timedelta(minutes=30 - moment.minute % 30, seconds=-moment.second))


def asked(**changes: Any) -> Application:
    """Return what Dora asks."""
    given = {"username": "dora", "email": EMAIL, "name": "Dr Dora", "password": PASSWORD,
             "locale": "en"}  # fmt: skip
    return Application(**given | changes)


async def deliver(database: Database) -> None:
    """Do all that is owed and due."""
    while await process_jobs(database, None):  # type: ignore[arg-type]
        pass


async def letter(database: Database, box: Mailbox) -> Taken:
    """Send what is owed; return the one letter that comes of it."""
    await deliver(database)
    return box.only()


def ticket_of(taken: Taken) -> str:
    """Return the secret in the link of a letter."""
    return parse_qs(urlsplit(taken.link).query)["ticket"][0]


def path_of(taken: Taken) -> str:
    """Return where the link of a letter leads on its host."""
    parts = urlsplit(taken.link)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


async def invite(database: Database, **terms: Any) -> tuple[Invitation, str]:
    """Make an invitation; return it and its code."""
    async with database.transaction() as session:
        return await make_invitation(
            session, Terms(**terms), made_by=None, decided_by="command line"
        )


async def make_person(
    database: Database, username: str, *, role: Role = Role.MEMBER, password: str = ""
) -> User:
    """Insert somebody who is in; the address is `<username>@chu.example`."""
    async with database.transaction() as session:
        actor = await factories.make_local_actor(session, username)
        user = await factories.make_user(session, actor, role=role)
        user.locale = "en"
        if password:
            user.password_hash = await hash_password(password)
    return user


async def person(database: Database, username: str = "dora") -> User | None:
    """Return a person as they are now."""
    async with database.read() as session:
        return await find_user_by_username(session, username)
