"""The id under which an activity is remembered, where its sender gave none (WIRE §6)."""

from __future__ import annotations

import hashlib

from federation.documents.activity import Activity


def uri_of(activity: Activity) -> str:
    """Return the id of an activity, or one that follows from its actor and its bytes."""
    if activity.id is not None:
        return activity.id
    said = activity.actor_id.encode() + b"\n" + activity.document.source
    return f"{activity.actor_id}#sha256-{hashlib.sha256(said).hexdigest()}"
