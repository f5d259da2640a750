"""How somebody likes to read: the keys of `User.preferences`, and what each may be."""

from __future__ import annotations

from collections.abc import Mapping

from core.clock import time_zones
from core.errors import InvalidInput
from users.models import User

# The first of each is what holds where nothing was chosen.
CHOICES: Mapping[str, tuple[str, ...]] = {
    "theme": ("", "light", "dark"),
    "contrast": ("", "more"),
    "text": ("", "large", "larger"),
    "motion": ("", "still"),
    "expand_media": ("default", "show_all", "hide_all"),
}
SWITCHES = ("expand_warnings", "autoplay")
TIME_ZONE = "time_zone"


def change_preferences(user: User, wanted: Mapping[str, str]) -> None:
    """Set all of somebody's preferences: a choice that is not named is the usual one, a switch off.

    Raises InvalidInput for what is not offered.
    """
    kept: dict[str, object] = {}
    for name, offered in CHOICES.items():
        value = wanted.get(name) or offered[0]
        if value not in offered:
            raise InvalidInput(f"{name} is none of {', '.join(offered)}")
        kept[name] = value
    for name in SWITCHES:
        kept[name] = name in wanted
    zone = wanted.get(TIME_ZONE, "")
    if zone and zone not in time_zones():
        raise InvalidInput("no such time zone")
    kept[TIME_ZONE] = zone
    user.preferences = {name: value for name, value in kept.items() if value}
