"""One emoji and nothing else."""

from __future__ import annotations

import pytest

from core.emoji import is_emoji, is_shortcode


@pytest.mark.parametrize(
    "text", ["👍", "❤️", "🔥", "👨‍👩‍👧‍👦", "🇫🇷", "👍🏽", "3️⃣", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "🩺", "🫨", "☀", "↔️", "ℹ️"]
)
def test_what_one_sees_as_one_picture_is_one_emoji(text):
    assert is_emoji(text)


@pytest.mark.parametrize(
    "text", ["", "~", "a", "3", "👍👍", "👍a", " 👍", "<b>", "\u200d", "🇫", "é", "👍" * 30]
)
def test_anything_else_is_none(text):
    assert not is_emoji(text)


def test_a_custom_emoji_is_named_between_colons():
    assert is_shortcode(":blobcat:")
    assert not any(map(is_shortcode, ["blobcat", "::", ":a b:", ":<x>:", f":{'a' * 65}:"]))
