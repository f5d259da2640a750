"""The people of the tests of notices."""

from __future__ import annotations

from people import alice, bob, carol, dave  # noqa: F401
