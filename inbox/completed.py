"""What the network step hands on: an activity that may be believed, and whose it is."""

from __future__ import annotations

from dataclasses import dataclass, replace

from actors.models import Actor
from federation.documents.activity import Activity


@dataclass(frozen=True, slots=True)
class Completed:
    """An activity with whose it is, and with an object that may be believed.

    `wrapped` is what an Announce passes on: what others did, each with whose word it is (the
    group's own where the group decides), or a post that came with its owner's proof, as a Create.
    """

    activity: Activity
    sender: Actor
    wrapped: tuple[Completed, ...] = ()


def without_words(activity: Activity) -> Activity:
    """Return an activity that nothing proves, without what only it says: its name, its audience.

    So it widens nothing, and is not passed on in its actor's name.
    """
    return replace(activity, id=None, to=(), cc=())
