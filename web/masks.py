"""A form's token, written anew in each page.

What is packed beside a page's other words must not be the same twice: else its letters can be found
by who may choose those words and sees the lengths (BREACH).
"""

from __future__ import annotations

import base64
import binascii
import secrets


def masked(token: str) -> str:
    """Write a form's token as no page has written it before,; `unmasked` reads it."""
    plain = token.encode()
    mask = secrets.token_bytes(len(plain))
    hidden = bytes(one ^ other for one, other in zip(plain, mask, strict=True))
    return base64.urlsafe_b64encode(mask + hidden).decode()


def unmasked(text: str) -> str:
    """Undo `masked`; what is none becomes empty."""
    try:
        both = base64.urlsafe_b64decode(text.encode())
        half = len(both) // 2
        pairs = zip(both[:half], both[half:], strict=True)
        return bytes(one ^ other for one, other in pairs).decode()
    except (binascii.Error, ValueError):
        return ""
