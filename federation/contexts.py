"""The `@context` values that we emit. All are bundled: none is ever fetched."""

from __future__ import annotations

from typing import Any

from federation.vocabulary import AS_CONTEXT, CONSILIUM

_SECURITY = "https://w3id.org/security/v1"
_DATA_INTEGRITY = "https://w3id.org/security/data-integrity/v2"
_MULTIKEY = "https://w3id.org/security/multikey/v1"
_CREDENTIALS = "https://www.w3.org/ns/credentials/v2"


def _uri_term(name: str) -> dict[str, str]:
    return {"@id": name, "@type": "@id"}


# Of a doctor's `practitioner` object, in the actor and in the further profile documents.
_PRACTITIONER_TERMS = {
    term: f"consilium:{term}"
    for term in """practitioner profession specialities subSpecialities skills languages
    acceptsReferrals hospital unit place department country code referralContact phone mssante note
    publications orcid works doi title year career kind from until interests seeksColleagues
    """.split()
}

ACTIVITY_CONTEXT: list[Any] = [
    AS_CONTEXT,
    _DATA_INTEGRITY,
    {"consilium": CONSILIUM, "clinical": "consilium:clinical"},
]

EMOJI_REACT_CONTEXT: list[Any] = [
    *ACTIVITY_CONTEXT,
    {"litepub": "http://litepub.social/ns#", "EmojiReact": "litepub:EmojiReact"},
]

QUOTE_REQUEST_CONTEXT: list[Any] = [
    *ACTIVITY_CONTEXT,
    {"QuoteRequest": "https://w3id.org/fep/044f#QuoteRequest"},
]

AUTHORIZATION_CONTEXT: list[Any] = [
    AS_CONTEXT,
    _DATA_INTEGRITY,
    {
        "QuoteAuthorization": "https://w3id.org/fep/044f#QuoteAuthorization",
        "gts": "https://gotosocial.org/ns#",
        "interactingObject": _uri_term("gts:interactingObject"),
        "interactionTarget": _uri_term("gts:interactionTarget"),
    },
]

ACTOR_CONTEXT: list[Any] = [
    AS_CONTEXT,
    _SECURITY,
    "https://www.w3.org/ns/did/v1",
    _MULTIKEY,
    _DATA_INTEGRITY,
    {
        "toot": "http://joinmastodon.org/ns#",
        "schema": "http://schema.org#",
        "featured": _uri_term("toot:featured"),
        "featuredTags": _uri_term("toot:featuredTags"),
        "discoverable": "toot:discoverable",
        "indexable": "toot:indexable",
        "manuallyApprovesFollowers": "as:manuallyApprovesFollowers",
        "alsoKnownAs": _uri_term("as:alsoKnownAs"),
        "movedTo": _uri_term("as:movedTo"),
        "PropertyValue": "schema:PropertyValue",
        "value": "schema:value",
        "implements": {
            "@id": "https://w3id.org/fep/844e/implements",
            "@type": "@id",
            "@container": "@list",
        },
        "consilium": CONSILIUM,
        "credentials": _uri_term("consilium:credentials"),
        "profiles": _uri_term("consilium:profiles"),
        **_PRACTITIONER_TERMS,
    },
]

PROFILE_CONTEXT: list[Any] = [
    AS_CONTEXT,
    _DATA_INTEGRITY,
    {
        "schema": "http://schema.org#",
        "PropertyValue": "schema:PropertyValue",
        "value": "schema:value",
        "consilium": CONSILIUM,
        **_PRACTITIONER_TERMS,
    },
]

NOTE_CONTEXT: list[Any] = [
    AS_CONTEXT,
    _DATA_INTEGRITY,
    {
        "Hashtag": "as:Hashtag",
        "sensitive": "as:sensitive",
        "toot": "http://joinmastodon.org/ns#",
        "Emoji": "toot:Emoji",
        "votersCount": "toot:votersCount",
        "blurhash": "toot:blurhash",
        "focalPoint": {"@container": "@list", "@id": "toot:focalPoint"},
        "gts": "https://gotosocial.org/ns#",
        "interactionPolicy": _uri_term("gts:interactionPolicy"),
        "canQuote": _uri_term("gts:canQuote"),
        "canReply": _uri_term("gts:canReply"),
        "automaticApproval": _uri_term("gts:automaticApproval"),
        "quote": _uri_term("https://w3id.org/fep/044f#quote"),
        "quoteAuthorization": _uri_term("https://w3id.org/fep/044f#quoteAuthorization"),
        "quoteUri": "http://fedibird.com/ns#quoteUri",
        "_misskey_quote": "https://misskey-hub.net/ns/#_misskey_quote",
        "consilium": CONSILIUM,
        "clinical": "consilium:clinical",
    },
]

CREDENTIAL_CONTEXT: list[Any] = [
    _CREDENTIALS,
    {
        "consilium": CONSILIUM,
        "PractitionerCredential": "consilium:PractitionerCredential",
        "register": "consilium:register",
        "registrationNumber": "consilium:registrationNumber",
        "profession": "consilium:profession",
        "specialities": "consilium:specialities",
        "assurance": "consilium:assurance",
        "verifiedAt": {
            "@id": "consilium:verifiedAt",
            "@type": "http://www.w3.org/2001/XMLSchema#dateTime",
        },
    },
]

STATUS_LIST_CONTEXT: list[Any] = [_CREDENTIALS]

TRUST_LIST_CONTEXT: list[Any] = [
    AS_CONTEXT,
    _DATA_INTEGRITY,
    {
        "consilium": CONSILIUM,
        "registers": "consilium:registers",
        "keys": "consilium:keys",
        "validUntil": {
            "@id": "consilium:validUntil",
            "@type": "http://www.w3.org/2001/XMLSchema#dateTime",
        },
    },
]
