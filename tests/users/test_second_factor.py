"""Codes of a device, and recovery codes: each is good once (security.md I11, I17)."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from pydantic import SecretStr
from sqlalchemy import select
from sqlmodel import col

from core import clock
from core.errors import InvalidInput, NotFound
from db.jobs import Job
from moderation.models import AuditEntry
from one_time_codes import begin_a_step, code_of, later, with_factor, wrong_code
from users import own_factor, recovery_codes, second_factor
from users.models import RecoveryCode, User
from users.own_account import WrongPassword
from users.passwords import hash_password
from users.second_factor import PENDING, STEP_S, pending_secret

PASSWORD = "a password long enough"


async def row_of(database, user):
    async with database.read() as session:
        return await session.get_one(User, user.id)


async def begun(database, user):
    async with database.transaction() as session:
        await second_factor.begin(session, user.id)
    return pending_secret(database.settings.secret, await row_of(database, user))


async def confirmed(database, user, code):
    async with database.transaction() as session:
        return await second_factor.confirm(session, user.id, code)


async def taken(database, user, code):
    async with database.transaction() as session:
        return await second_factor.take_code(session, user.id, code)


async def left(database, user):
    async with database.read() as session:
        return await recovery_codes.count_left(session, user.id)


async def deeds(database):
    async with database.read() as session:
        lines = await session.scalars(select(AuditEntry).order_by(col(AuditEntry.id)))
        return [(line.actor, line.action, line.subject) for line in lines]


async def test_nothing_is_asked_before_the_device_has_shown_a_code(database, alice):
    secret = await begun(database, alice)

    assert len(secret) == 32
    assert not (await row_of(database, alice)).has_second_factor
    assert await confirmed(database, alice, wrong_code(secret)) is None
    assert not (await row_of(database, alice)).has_second_factor


async def test_the_first_code_turns_it_on_and_gives_ten_recovery_codes(database, alice):
    secret = await begun(database, alice)

    codes = await confirmed(database, alice, code_of(secret))

    row = await row_of(database, alice)
    assert row.has_second_factor
    assert pending_secret(database.settings.secret, row) is None
    assert len(set(codes)) == 10 == await left(database, alice)
    assert await deeds(database) == [("alice", "account.second-factor-on", "alice")]


async def test_a_device_has_half_an_hour_for_its_first_code(database, alice):
    begin_a_step()
    secret = await begun(database, alice)
    clock.shift(PENDING - timedelta(seconds=2))
    at_the_end = pending_secret(database.settings.secret, await row_of(database, alice))
    clock.shift(timedelta(seconds=2))

    assert at_the_end == secret
    assert pending_secret(database.settings.secret, await row_of(database, alice)) is None
    assert await confirmed(database, alice, code_of(secret)) is None


async def test_beginning_again_forgets_what_was_begun(database, alice):
    first = await begun(database, alice)
    second = await begun(database, alice)

    assert first != second
    assert await confirmed(database, alice, code_of(first)) is None
    assert await confirmed(database, alice, code_of(second)) is not None


async def test_what_is_on_is_not_begun_again(database, alice):
    secret, _ = await with_factor(database, alice)

    with pytest.raises(InvalidInput, match="already"):
        await begun(database, alice)

    assert await taken(database, alice, code_of(secret))


async def test_the_row_alone_makes_no_codes(database, alice, settings):
    secret, _ = await with_factor(database, alice)
    row = await row_of(database, alice)

    assert secret not in row.totp_secret
    assert second_factor._unseal(settings.secret, row) == secret
    assert second_factor._unseal(b"another instance's secret", row) is None


async def test_a_secret_is_its_persons_alone(database, alice, bruno):
    secret, _ = await with_factor(database, alice)
    others, codes = await with_factor(database, bruno)
    async with database.transaction() as session:
        sealed = (await session.get_one(User, alice.id)).totp_secret
        (await session.get_one(User, bruno.id)).totp_secret = sealed

    assert not await taken(database, bruno, code_of(secret))
    assert not await taken(database, bruno, code_of(others))
    # What is written on paper does not hang on it.
    assert await taken(database, bruno, codes[0])


@pytest.mark.parametrize("steps", [-1, 0, 1])
async def test_I17_a_clock_may_be_wrong_by_one_step(database, alice, steps):
    secret, _ = await with_factor(database, alice)

    assert await taken(database, alice, code_of(secret, steps))


@pytest.mark.parametrize("steps", [-2, 2])
async def test_I17_a_clock_that_is_wrong_by_two_steps_is_too_wrong(database, alice, steps):
    secret, _ = await with_factor(database, alice)
    later()

    assert not await taken(database, alice, code_of(secret, steps))


@pytest.mark.parametrize("spelled", ["{} {}", " {}-{} ", "{}\u00a0{}"])
async def test_a_code_is_taken_as_people_type_it(database, alice, spelled):
    secret, _ = await with_factor(database, alice)
    code = code_of(secret)

    assert await taken(database, alice, spelled.format(code[:3], code[3:]))


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "０" * 200, "\x00", "-"])
async def test_what_is_no_code_is_refused(database, alice, typed):
    secret, _ = await with_factor(database, alice)

    assert not await taken(database, alice, typed)
    assert await taken(database, alice, code_of(secret))


async def test_I11_a_code_is_good_once_and_no_earlier_one_after_it(database, alice):
    secret, _ = await with_factor(database, alice)
    earlier, code = code_of(secret, -1), code_of(secret)

    assert await taken(database, alice, code)
    assert not await taken(database, alice, code)
    assert not await taken(database, alice, earlier)
    later()
    assert await taken(database, alice, code_of(secret))


async def test_I11_the_code_that_turned_it_on_lets_nobody_in(database, alice):
    begin_a_step()
    secret = await begun(database, alice)
    code = code_of(secret)
    await confirmed(database, alice, code)

    assert not await taken(database, alice, code)


async def test_I11_of_two_who_give_the_same_code_at_once_one_is_let_in(database, alice):
    secret, _ = await with_factor(database, alice)
    code = code_of(secret)

    answers = await asyncio.gather(*(taken(database, alice, code) for _ in range(4)))

    assert sorted(answers) == [False, False, False, True]


async def test_I11_a_recovery_code_is_good_once(database, alice):
    _, codes = await with_factor(database, alice)

    assert await taken(database, alice, codes[3])
    assert not await taken(database, alice, codes[3])
    assert await left(database, alice) == 9


async def test_I11_of_two_who_give_the_same_recovery_code_at_once_one_is_let_in(database, alice):
    _, codes = await with_factor(database, alice)

    answers = await asyncio.gather(*(taken(database, alice, codes[0]) for _ in range(4)))

    assert sorted(answers) == [False, False, False, True]


async def test_a_recovery_code_is_taken_as_people_type_it(database, alice):
    _, codes = await with_factor(database, alice)

    assert await taken(database, alice, codes[0].upper().replace("-", " "))
    assert await taken(database, alice, codes[1].replace("-", ""))


async def test_a_recovery_code_is_its_owners_alone_and_kept_as_a_hash(database, alice, bruno):
    _, codes = await with_factor(database, alice)
    await with_factor(database, bruno)

    assert not await taken(database, bruno, codes[0])
    async with database.read() as session:
        kept = (await session.scalars(select(RecoveryCode))).all()
    assert len(kept) == 20
    assert not [row for row in kept if codes[0].replace("-", "") in row.code_hash]


async def test_without_a_second_factor_no_code_is_good(database, alice):
    secret = await begun(database, alice)

    assert not await taken(database, alice, code_of(secret))
    assert not await taken(database, alice, "")


async def test_what_is_turned_off_leaves_nothing(database, alice):
    secret, codes = await with_factor(database, alice)

    async with database.transaction() as session:
        assert await second_factor.remove(session, alice.id)
        assert not await second_factor.remove(session, alice.id)

    row = await row_of(database, alice)
    assert (row.totp_secret, row.totp_step, row.has_second_factor) == (None, None, False)
    assert await left(database, alice) == 0
    assert not await taken(database, alice, code_of(secret))
    assert not await taken(database, alice, codes[0])


async def test_new_recovery_codes_void_the_old_ones(database, alice):
    _, old = await with_factor(database, alice)
    async with database.transaction() as session:
        new = await recovery_codes.remake(session, alice.id)

    assert not set(new) & set(old)
    assert not await taken(database, alice, old[0])
    assert await taken(database, alice, new[0])


async def test_an_administrator_turns_it_off_for_who_has_lost_everything(database, alice):
    await with_factor(database, alice)

    user = await own_factor.remove_factor_of(database, "alice", decided_by="cli")
    again = await own_factor.remove_factor_of(database, "alice", decided_by="cli")

    assert not user.has_second_factor and not again.has_second_factor
    assert (await deeds(database))[1:] == [("cli", "account.second-factor-off", "alice")]
    with pytest.raises(NotFound):
        await own_factor.remove_factor_of(database, "nobody", decided_by="cli")


class TestWithMail:
    @pytest.fixture
    def settings(self, settings):
        return settings.model_copy(update={"smtp_url": SecretStr("smtp://127.0.0.1:2525")})

    async def test_the_person_is_written_to_when_it_is_turned_on_and_off(self, database, alice):
        await with_factor(database, alice)
        await own_factor.remove_factor_of(database, "alice", decided_by="cli")

        async with database.read() as session:
            jobs = await session.scalars(select(Job).where(col(Job.kind) == "send mail"))
            letters = [job.payload["letter"] for job in jobs]
        assert sorted(letters) == ["second factor off", "second factor on"]


class TestProving:
    @pytest.fixture
    async def proven(self, database, alice):
        password_hash = await hash_password(PASSWORD)
        async with database.transaction() as session:
            (await session.get_one(User, alice.id)).password_hash = password_hash
        return await with_factor(database, alice)

    async def test_H14_the_second_factor_is_turned_off_with_password_and_code_only(
        self, database, alice, proven
    ):
        secret, _ = proven

        with pytest.raises(WrongPassword):
            await own_factor.remove_factor(
                database, alice.id, password="another one", code=code_of(secret)
            )
        with pytest.raises(own_factor.WrongCode):
            await own_factor.remove_factor(
                database, alice.id, password=PASSWORD, code=wrong_code(secret)
            )
        assert (await row_of(database, alice)).has_second_factor
        # Neither used the code up.
        await own_factor.remove_factor(
            database, alice.id, password=PASSWORD, code=code_of(secret)
        )
        assert not (await row_of(database, alice)).has_second_factor

    async def test_H14_recovery_codes_are_made_anew_with_password_and_code_only(
        self, database, alice, proven
    ):
        _, codes = proven

        with pytest.raises(WrongPassword):
            await own_factor.remake_codes(database, alice.id, password="", code=codes[0])
        with pytest.raises(own_factor.WrongCode):
            await own_factor.remake_codes(database, alice.id, password=PASSWORD, code="")

        new = await own_factor.remake_codes(
            database, alice.id, password=PASSWORD, code=codes[0]
        )
        assert len(new) == 10 and not set(new) & set(codes)


def test_the_step_is_that_of_every_device():
    assert STEP_S == 30
    address = second_factor.address_for_device(
        "JBSWY3DPEHPK3PXP" * 2, username="a.martin", place="chu.example"
    )
    assert address == (
        "otpauth://totp/chu.example:a.martin?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
        "&issuer=chu.example"
    )
