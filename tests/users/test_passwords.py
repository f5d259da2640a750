"""What a stored password costs whoever steals it; elsewhere tests hash as quickly as they can."""

from __future__ import annotations

from importlib import util
from types import ModuleType

import pytest

from users import passwords


@pytest.fixture
def as_it_is() -> ModuleType:
    """The module as an instance loads it."""
    spec = util.spec_from_file_location("passwords_of_an_instance", passwords.__file__)
    assert spec is not None and spec.loader is not None
    loaded = util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


async def test_a_guess_costs_nineteen_mebibytes_and_two_rounds(as_it_is: ModuleType):
    stored = await as_it_is.hash_password("a password long enough")

    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert await as_it_is.matches(stored, "a password long enough")
    assert not await as_it_is.matches(stored, "a password long enougH")


async def test_a_password_says_itself_what_it_was_hashed_with(as_it_is: ModuleType):
    """Figures may change: what was stored before is still checked."""
    stored = await passwords.hash_password("a password long enough")

    assert "m=19456" not in stored
    assert await as_it_is.matches(stored, "a password long enough")
