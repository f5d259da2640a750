"""370 recorded documents of other servers, each through the whole house on its own."""

from __future__ import annotations

import pytest

from corpus.documents import recorded
from corpus.fates import BROKEN
from corpus.hostile import UNHARMED
from interop_table import OUTCOMES, PAGE, page

# All of it is run once, before the first: not within the time of one test.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


def test_nothing_that_was_recorded_breaks_anything(fates):
    """No answer of 5xx, no error that nobody meant, nothing left half done."""
    assert [str(fate) for fate in fates if fate.name == BROKEN] == []
    assert {fate.name for fate in fates} <= set(OUTCOMES)
    assert len(fates) == len(recorded())


def test_what_is_forged_changes_nothing(fates):
    forged = [fate for fate in fates if fate.document.is_hostile]

    assert len(forged) == 11
    assert [str(fate) for fate in forged if not fate.detail.endswith(UNHARMED)] == []


def test_what_is_refused_says_why(fates):
    assert [str(fate) for fate in fates if not fate.detail] == []


def test_the_page_tells_what_became_of_them(fates):
    assert PAGE.read_text() == page(fates), "it is out of date: make interop"
