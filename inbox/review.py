"""Whose word an activity is, and whether their hosts' policies let it in, or have it wait."""

from __future__ import annotations

from collections.abc import Mapping

from core.errors import InvalidDocument, PermanentError, Untrusted
from federation.documents.activity import Activity, read_activity
from federation.origin import host_of
from moderation.policy import PeerPolicy

# What others would see here. A Follow, a Like or a Delete shows nothing that must be read first.
WAITING = frozenset({"Create", "Update", "Announce"})
# As deep is looked into what passes on what passes on.
_MAX_WRAPPED = 3


class Waits(PermanentError):
    """A moderator must let it through first: kept as it came, nothing of it is done."""


def speakers(activity: Activity, signer_host: str) -> set[str]:
    """Return the hosts whose policy an activity falls under, whatever its way here.

    That of who signed the request, of whose it is said to be, and of each actor wrapped in an
    Announce, as groups pass activities on (FEP-1b12).
    """
    return {signer_host} | {host_of(one.actor_id) for one in _unwrapped(activity)}


def judge(
    activity: Activity, policies: Mapping[str, PeerPolicy], *, is_released: bool = False
) -> None:
    """Judge an activity by the policies of its speakers' hosts.

    Raises Untrusted when one of them is nobody whom we talk to, else Waits for what says something
    and is of a host that is held, unless a moderator has let it through.
    """
    for host, policy in sorted(policies.items()):
        if not policy.is_spoken_to:
            raise Untrusted(f"{host} is not a peer of this instance")
    held = sorted(host for host, policy in policies.items() if policy.holds)
    if held and not is_released and _unwrapped(activity)[-1].type in WAITING:
        raise Waits(f"what {', '.join(held)} says waits for a moderator")


def _unwrapped(activity: Activity) -> list[Activity]:
    """Return an activity and, innermost last, those that it passes on whole."""
    found = [activity]
    while found[-1].type == "Announce" and len(found) <= _MAX_WRAPPED:
        inner = found[-1].object
        if inner is None:
            break
        try:
            found.append(read_activity(inner))
        except InvalidDocument:
            # A post, or nothing that we could read: no activity.
            break
    return found
