"""What somebody writes who wants an account, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from actors.create import MAX_DISPLAY_NAME, RESERVED, check_username
from core.errors import InvalidInput
from core.mail import is_address
from core.settings import Settings, Signup
from moderation.rules import read_rules
from users.password_rules import find_weakness

MAX_REASON = 2000


class Fault(StrEnum):
    """What is wrong with a field of the form."""

    EMPTY = "empty"
    LONG = "long"
    BAD = "bad"
    SHORT = "short"
    OWN = "own"
    COMMON = "common"
    RESERVED = "reserved"
    TAKEN = "taken"
    NOT_INVITED = "not-invited"
    UNREAD = "unread"


@dataclass(frozen=True, slots=True)
class Application:
    """What somebody asks who wants an account; `invitation` is the code of one, or empty."""

    username: str
    email: str
    name: str
    password: str
    reason: str = ""
    has_agreed: bool = False
    locale: str = "fr"
    invitation: str = ""


class SignUpRefused(InvalidInput):
    """Something in a form is wrong, by field. Door: 422, with each fault beside its field."""

    def __init__(self, faults: Mapping[str, Fault]) -> None:
        self.faults = faults
        super().__init__(", ".join(f"{field}: {fault}" for field, fault in faults.items()))


def find_faults(settings: Settings, asked: Application) -> dict[str, Fault]:
    """Return what is wrong with each field, as far as nobody has to be asked."""
    found = {
        "name": _fault_of_name(asked.name),
        "username": _fault_of_username(asked.username),
        "email": None if is_address(asked.email.strip()) else Fault.BAD,
        "password": _fault_of_password(asked),
        "reason": _fault_of_reason(settings, asked),
        "rules": _fault_of_rules(settings, asked),
    }
    return {field: fault for field, fault in found.items() if fault is not None}


def _fault_of_name(name: str) -> Fault | None:
    if not name.strip():
        return Fault.EMPTY
    return Fault.LONG if len(name) > MAX_DISPLAY_NAME else None


def _fault_of_username(username: str) -> Fault | None:
    try:
        check_username(username)
    except InvalidInput:
        return Fault.RESERVED if username.strip().lower() in RESERVED else Fault.BAD
    return None


def _fault_of_password(asked: Application) -> Fault | None:
    weakness = find_weakness(asked.password, (asked.username, asked.email, asked.name))
    return Fault(weakness.value) if weakness is not None else None


def _fault_of_reason(settings: Settings, asked: Application) -> Fault | None:
    if len(asked.reason.strip()) > MAX_REASON:
        return Fault.LONG
    is_needed = settings.signup is Signup.APPROVAL and not asked.invitation
    return Fault.EMPTY if is_needed and not asked.reason.strip() else None


def _fault_of_rules(settings: Settings, asked: Application) -> Fault | None:
    has_rules = bool(read_rules(settings.data_dir))
    return Fault.UNREAD if has_rules and not asked.has_agreed else None
