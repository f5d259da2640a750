"""National registers: one file each for its numbers and its file's lines; the list of them."""

from __future__ import annotations

from collections.abc import Mapping

from core.errors import InvalidInput
from doctors.registers.fr_rpps import FR_RPPS
from doctors.registers.register import ReadLine, Register, RegisterLine

__all__ = ["REGISTERS", "ReadLine", "Register", "RegisterLine", "register_of"]

REGISTERS: Mapping[str, Register] = {FR_RPPS.code: FR_RPPS}


def register_of(code: str) -> Register:
    """Return a register by its code; raises InvalidInput for one that we do not know."""
    register = REGISTERS.get(code.strip().upper())
    if register is None:
        known = ", ".join(REGISTERS)
        raise InvalidInput(f"there is no register {code[:40]!r} (known: {known})")
    return register
