"""Sign-ons that are under way: taken up once, by the browser and at the provider of the start."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pydantic import SecretStr

from core import clock
from users.identities import begin_sign_on, take_sign_on
from users.models import SignOnPurpose
from users.openid import providers


@pytest.fixture
def both(settings):
    changes = {
        "oidc_issuer": "https://sso.chu.example",
        "oidc_client_id": "lyon",
        "oidc_client_secret": SecretStr("s"),
        "psc_client_id": "lyon",
        "psc_client_secret": SecretStr("s"),
    }
    return providers(settings.model_copy(update=changes))


async def test_who_was_sent_to_one_provider_does_not_come_back_from_another(database, both):
    hospital, card = both
    async with database.transaction() as session:
        begun = await begin_sign_on(session, hospital, SignOnPurpose.SIGN_IN)
        await session.flush()

        assert await take_sign_on(session, card, begun.state, begun.browser) is None
        assert await take_sign_on(session, hospital, begun.state, begun.browser) is not None


async def test_a_sign_on_is_taken_up_once_in_time_and_by_its_own_browser(database, both):
    hospital = both[0]
    async with database.transaction() as session:
        once, late = [
            await begin_sign_on(session, hospital, SignOnPurpose.SIGN_IN) for _ in range(2)
        ]
        await session.flush()

        assert await take_sign_on(session, hospital, once.state, late.browser) is None
        assert await take_sign_on(session, hospital, once.state, None) is None
        assert await take_sign_on(session, hospital, once.state, once.browser) is not None
        assert await take_sign_on(session, hospital, once.state, once.browser) is None
        clock.shift(timedelta(minutes=11))
        assert await take_sign_on(session, hospital, late.state, late.browser) is None
