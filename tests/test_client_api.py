"""docs/client-api.md says what is served."""

from __future__ import annotations

import pytest

from api_walk import TABLE
from client_api_table import PAGE, lines, page


def test_the_page_says_what_the_routes_say():
    if not TABLE.exists():
        pytest.skip("shared/mastodon-api is not beside the checkout")

    assert PAGE.read_text() == page(lines()), "make client-api"
