"""Documents as other servers write them, with something wrong in one to four places.

Where the recorded ones are not beside the checkout, those that our fake servers write do.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from hypothesis import strategies as st

from corpus.documents import IS_THERE, moved
from corpus.house import ALICE, BASE_URL
from corpus.world import World

_PLACES = 400
# A little more than is read.
_MOST_BYTES = 1_200_000
_URIS = [ALICE, BASE_URL, f"{BASE_URL}/users/nobody", f"{ALICE}/followers", "as:Public", "acct:a@b",
         "https://www.w3.org/ns/activitystreams#Public", "http://[::1", "https://xn--/", "data:,",
         "https://a.localhost/x\\@b", "https://é.example/\u202e", "http://127.0.0.1:1/",
         "http://10.0.0.1/x", "https://elsewhere.example/1"]  # fmt: skip
JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.text(max_size=60),
    st.sampled_from(_URIS),
    st.sampled_from(["", " ", "\u0000", "\ud800", "\u202e", "é\u0301" * 40, "𝕏" * 2000, "\ufeff",
                     "<script>x</script>", "<p>" * 3000, "9999-12-31T23:59:59Z", "0001-01-01",
                     "x" * 70_000]),
    st.sampled_from([[], {}, [[]], [{}], [None], {"id": None}, {"id": []}, {"type": {}},
                     {"@value": 7}, {"@list": ["x"]}, {"id": ALICE, "type": "Person"}])
    # What is taken is changed further.
    .map(copy.deepcopy),
)  # fmt: skip
_TYPES = st.sampled_from(
    """Create Update Delete Undo Follow Accept Reject Announce Like Block Flag Add Remove Move
    EmojiReact Dislike Lock Note Question Person Group Tombstone Event Video Collection
    OrderedCollection Mention Hashtag Emoji Image Link ChatMessage""".split()
)
_NAMES = st.sampled_from(
    """id type actor object attributedTo to cc bto audience inReplyTo tag attachment content
    contentMap summary name url published updated target replies likes quote quoteUrl oneOf anyOf
    endTime votersCount interactionPolicy publicKey inbox endpoints icon proof signature @context
    @id @type @graph as:actor __proto__ constructor""".split()
)


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every (container, key) in a document, the outermost first, up to some hundreds."""
    return [place for place, _ in zip(_walk(value), range(_PLACES), strict=False)]


def _walk(value: Any) -> Iterator[tuple[Any, Any]]:
    waiting = [value]
    while waiting:
        part = waiting.pop(0)
        keys = list(part) if isinstance(part, dict) else range(len(part))
        for key in keys:
            yield part, key
            if isinstance(part[key], dict | list):
                waiting.append(part[key])


def _texts(value: Any) -> list[str]:
    return [part[key] for part, key in places(value) if isinstance(part[key], str)]


def _deep(value: Any, depth: int) -> Any:
    for _ in range(depth):
        value = {"object": [value]}
    return value


@st.composite
def mutated(draw: st.DrawFn, values: Sequence[dict[str, Any]]) -> bytes:
    """The bytes of one of these documents, changed in one to four places."""
    document = json.loads(json.dumps(values[draw(st.integers(0, len(values) - 1))]))
    for _ in range(draw(st.integers(1, 4))):
        found = places(document)
        if found:
            container, key = draw(st.sampled_from(found))
            _change(draw, document, container, key)
    written = json.dumps(document, ensure_ascii=draw(st.booleans()))
    body = written.encode("utf-8", "surrogatepass")
    return draw(st.sampled_from(_BYTES))(body)


def _change(draw: st.DrawFn, document: Any, container: Any, key: Any) -> None:
    old = container[key]
    change = draw(st.integers(0, 8))
    if change == 0:
        del container[key]
    elif change == 1:
        container[key] = draw(JUNK)
    elif change == 2:
        container[key] = draw(st.sampled_from([[old], [old, old], {"id": old}, {"@value": old},
                                               {"@list": [old]}, [None, old], [[old]]]))
    elif change == 3:
        most = max(2, _MOST_BYTES // (len(json.dumps(old)) + 1))
        container[key] = [old] * min(most, draw(st.sampled_from([2, 1001, 3000])))
    elif change == 4:
        container[key] = draw(st.sampled_from([*_texts(document)[:60], *_URIS]))
    elif change == 5:
        container[key] = _deep(old, draw(st.sampled_from([3, 20, 66])))
    elif change == 6:
        container[key] = draw(_TYPES)
    elif isinstance(container, dict):
        container[draw(_NAMES)] = old if change == 7 else draw(JUNK)


def _named_twice(body: bytes) -> bytes:
    return body.replace(b"{", b'{"id": "https://evil.example/1", ', 1)


def _as_it_is(body: bytes) -> bytes:
    return body


# Mostly as they are: what is wrong below JSON is refused before anything else is looked at.
_BYTES: list[Callable[[bytes], bytes]] = [
    *[_as_it_is] * 12,
    lambda body: b"\xef\xbb\xbf" + body,
    lambda body: body[:-3],
    lambda body: body.replace(b"a", b"\xff", 1),
    lambda body: body.replace(b" ", b"  " * 500),
    _named_twice,
]


class Bases(list[dict[str, Any]]):
    """Documents to be changed; too many to be told when one of them fails."""

    def __repr__(self) -> str:
        return f"<{len(self)} documents>"


def documents(world: World, *kinds: str) -> Bases:
    """Return what is to be changed: recorded documents of these kinds, or what the fakes write."""
    if IS_THERE:
        return Bases(one.json for one in moved(world.port) if one.kind in kinds and one.json)
    bob = world.resident(world.address("b", "/users/bob"))
    note = bob.note(to=[ALICE], tag=[{"type": "Mention", "href": ALICE, "name": "@alice"}])
    written = {"actor": [bob.document()], "object": [note]}
    verbs = ("Follow", "Like", "Announce", "Delete", "Block", "Flag", "EmojiReact", "Add")
    written["activity"] = [
        bob.create(note), bob.activity("Update", note), bob.undo(bob.follow(ALICE)),
        *(bob.activity(verb, ALICE) for verb in verbs),
    ]  # fmt: skip
    return Bases(one for kind in kinds for one in written.get(kind, []))
