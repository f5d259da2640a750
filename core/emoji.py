"""What counts as one emoji, or as the short name of a custom one."""

from __future__ import annotations

import re
import unicodedata

MAX_CODE_POINTS = 20
_SHORTCODE = re.compile(r":[A-Za-z0-9_+.-]{1,64}:")
_JOINER, _AS_PICTURE, _KEYCAP = "\u200d", "\ufe0f", "\u20e3"
_SKIN_TONES = range(0x1F3FB, 0x1F400)
_LETTERS_OF_FLAGS = range(0x1F1E6, 0x1F200)
_TAGS = range(0xE0020, 0xE0080)
# Pictures whose category is not that of a picture; newer ones are not assigned yet.
_PICTURES = range(0x1F000, 0x1FB00)
_OTHER_PICTURES = frozenset("‼⁉〰〽↔▫◻◽◾⤴⤵⬅⬆⬇ℹ")
HEARTS = frozenset({"❤", "❤️", "♥", "♥️"})


def is_shortcode(text: str) -> bool:
    """Tell whether a text names a custom emoji, as in `:blobcat:`."""
    return _SHORTCODE.fullmatch(text) is not None


def is_emoji(text: str) -> bool:
    """Tell whether a text is one emoji and nothing else; joined ones and flags are one."""
    if not 0 < len(text) <= MAX_CODE_POINTS:
        return False
    if text[0] in "0123456789#*":
        return text[1:] in {_KEYCAP, _AS_PICTURE + _KEYCAP}
    pictures = 0
    is_joined = False
    for character in text:
        code = ord(character)
        if character == _JOINER:
            is_joined = True
            continue
        if character != _AS_PICTURE and code not in _SKIN_TONES and code not in _TAGS:
            if not _is_picture(character):
                return False
            pictures += 0 if is_joined else 1
        is_joined = False
    return pictures == (2 if ord(text[0]) in _LETTERS_OF_FLAGS else 1)


def _is_picture(character: str) -> bool:
    if character in _OTHER_PICTURES or ord(character) in _PICTURES:
        return True
    return unicodedata.category(character) == "So"
