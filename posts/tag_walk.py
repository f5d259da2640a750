"""Which hashtags begin so: found in steps from one to the next in the order of their index.

No step costs more when there are more posts. A hashtag is kept as it is spelled, in lower case;
who looks for it leaves out accents and `_`. So all the ways are tried in which the letters may be
written, each as far as there is a hashtag that goes on like this.
"""

from __future__ import annotations

from functools import cache

from sqlalchemy import BigInteger, text
from sqlalchemy.sql.expression import TextualSelect

from core.text import fold
from db.session import AsyncSession

# So many hashtags are told, with so many of the newest posts of each.
MOST_TAGS = 100
NEWEST = 5
# So many ways to write a beginning are tried, parts of it among them: a real word has some dozens.
MOST_WAYS = 500
# What may stand between the letters of a hashtag, and is left out by who looks for it.
_BETWEEN = ("_", "-", "·", "・")
# No letter comes after it.
_LAST = "\U0010ffff"


async def walk_tags(session: AsyncSession, typed: str, word: str) -> list[tuple[str, int]]:
    """Return hashtags that begin so, with each of their newest posts, in no order.

    `typed` is in lower case, `word` the same folded. Where the database sorts as people do, others
    that come next are among them.
    """
    limits = {"ways": MOST_WAYS, "tags": MOST_TAGS, "newest": NEWEST, "last": _LAST}
    rows = await session.execute(_statement(), {"typed": typed, "word": word} | limits)
    return [(tag, post_id) for tag, post_id in rows]


@cache
def spellings() -> dict[str, str]:
    """Return the letters of European languages that are looked for as others: `é` as `e`."""
    letters = [letter for letter in map(chr, range(0xDF, 0x180)) if letter.islower()]
    folded = {letter: fold(letter) for letter in letters}
    return {letter: plain for letter, plain in folded.items() if plain != letter}


def first_letters(typed: str, word: str) -> set[str]:
    """Return the letters with which a hashtag may begin that begins so."""
    spelled = {letter for letter, plain in spellings().items() if word.startswith(plain)}
    return {typed[0], word[0], *spelled, *_BETWEEN}


@cache
def _statement() -> TextualSelect:
    edges = [(plain, letter) for letter, plain in spellings().items()]
    edges += [("", between) for between in _BETWEEN]
    values = ", ".join(f"('{plain}', '{written}')" for plain, written in edges)
    return text(_WALK.format(edges=values, further=_FURTHER)).columns(post_id=BigInteger)


# `way`: beginnings of hashtags that there are, and how many letters of the word each has. The edge
# of nothing is each letter as it is. `walk`: from one hashtag to the next. `used`: from the newest
# post of each to the one before. Where accents sort beside their letters, all are met on one walk.
_FURTHER = "way.written || coalesce(edge.written, substr(CAST(:word AS TEXT), way.at + 1, 1))"
_WALK = """
WITH RECURSIVE
edge (plain, written) AS (VALUES (NULL, NULL), {edges}),
way (written, at) AS (
    SELECT CAST(:typed AS TEXT), length(CAST(:word AS TEXT))
    UNION SELECT CAST(:word AS TEXT), length(CAST(:word AS TEXT))
    UNION SELECT '', 0 WHERE 'z' < 'é'
    UNION
    SELECT {further}, way.at + coalesce(length(edge.plain), 1)
    FROM way
    JOIN edge ON edge.plain IS NULL
        OR edge.plain = substr(CAST(:word AS TEXT), way.at + 1, length(edge.plain))
    WHERE way.at < length(CAST(:word AS TEXT)) AND EXISTS (
        SELECT 1 FROM post_tag
        WHERE post_tag.tag >= {further} AND post_tag.tag < {further} || CAST(:last AS TEXT)
    )
),
walk (start, tag, number) AS (
    SELECT written, (SELECT min(tag) FROM post_tag WHERE tag >= written), 1
    FROM (SELECT written, at FROM way LIMIT :ways) AS known
    WHERE at = length(CAST(:word AS TEXT))
    UNION ALL
    SELECT start, (SELECT min(post_tag.tag) FROM post_tag WHERE post_tag.tag > walk.tag), number + 1
    FROM walk
    WHERE number < :tags AND (substr(tag, 1, length(start)) = start OR 'z' > 'é')
),
used (tag, post_id, number) AS (
    SELECT tag, (SELECT max(post_id) FROM post_tag WHERE post_tag.tag = met.tag), 1
    FROM (
        SELECT tag FROM walk WHERE substr(tag, 1, length(start)) = start OR 'z' > 'é' LIMIT :tags
    ) AS met
    UNION
    SELECT tag, (
        SELECT max(post_tag.post_id) FROM post_tag
        WHERE post_tag.tag = used.tag AND post_tag.post_id < used.post_id
    ), number + 1
    FROM used WHERE number < :newest AND post_id IS NOT NULL
)
SELECT tag, post_id FROM used WHERE post_id IS NOT NULL
"""
