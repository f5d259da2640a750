"""Words of the wire that are used in more than one place."""

from __future__ import annotations

AS_CONTEXT = "https://www.w3.org/ns/activitystreams"
AS_PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
PUBLIC_NAMES = frozenset({AS_PUBLIC, "as:Public", "Public"})
CONSILIUM = "https://w3id.org/consilium#"
VERIFIED_DOCTORS = CONSILIUM + "VerifiedDoctors"

ACTIVITY_JSON = "application/activity+json"
LD_JSON = "application/ld+json"
AS_PROFILE = "https://www.w3.org/ns/activitystreams"
LD_JSON_AS = f'{LD_JSON}; profile="{AS_PROFILE}"'
CREDENTIAL_JSON = "application/vc"
JRD_JSON = "application/jrd+json"
ACCEPT = f"{ACTIVITY_JSON}, {LD_JSON_AS}"
# What FEP-844e calls the ability to read and write HTTP Message Signatures.
IMPLEMENTS_RFC9421 = "https://datatracker.ietf.org/doc/html/rfc9421"

ACTOR_TYPES = frozenset({"Person", "Group", "Service", "Application", "Organization"})
POST_TYPES = frozenset(
    {
        "Note",
        "Question",
        "Article",
        "Page",
        "Event",
        "Video",
        "Image",
        "Audio",
        "Document",
        "ChatMessage",
    }
)
# What somebody did, as against a thing: https://www.w3.org/TR/activitystreams-vocabulary/#activity-types
ACTIVITY_TYPES = frozenset(
    {"Accept", "Add", "Announce", "Arrive", "Block", "Create", "Delete", "Dislike", "EmojiReact",
     "Flag", "Follow", "Ignore", "Invite", "Join", "Leave", "Like", "Listen", "Lock", "Move",
     "Offer", "QuoteRequest", "Read", "Reject", "Remove", "TentativeAccept", "TentativeReject",
     "Travel", "Undo", "Update", "View"}
)  # fmt: skip
