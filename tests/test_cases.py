"""Every numbered case of the security catalogue has a test, or a reason why it has none."""

from __future__ import annotations

import pytest

from cases_report import (
    LEFT_OUT,
    PAGE,
    Shown,
    cases_of_the_catalogue,
    every_case,
    find_tests,
    gaps,
    render,
)


@pytest.fixture(scope="module")
def found() -> dict[str, list[Shown]]:
    return find_tests()


def test_every_case_has_a_test_or_a_reason(found):
    assert gaps(found) == []


def test_no_case_is_left_out_that_has_a_test(found):
    assert [number for number in LEFT_OUT if number in found] == []


def test_no_test_bears_a_number_that_is_none(found):
    assert sorted(set(found) - set(every_case())) == []


def test_the_numbers_are_the_catalogues():
    assert cases_of_the_catalogue() in ([], every_case())


def test_the_page_says_what_the_tests_say(found):
    assert PAGE.read_text() == render(found), "make cases"
