"""National registers: one file each for its numbers and its file's lines; the list of them."""

from __future__ import annotations

from collections.abc import Mapping

from core.errors import InvalidInput
from doctors.registers.be_inami import BE_INAMI
from doctors.registers.ch_gln import CH_GLN
from doctors.registers.de_efn import DE_EFN
from doctors.registers.de_lanr import DE_LANR
from doctors.registers.fr_rpps import FR_RPPS
from doctors.registers.gb_gmc import GB_GMC
from doctors.registers.other import OTHER
from doctors.registers.register import ReadLine, Register, RegisterLine
from doctors.registers.us_npi import US_NPI

__all__ = ["REGISTERS", "ReadLine", "Register", "RegisterLine", "register_of"]

# In the order in which somebody chooses among them.
REGISTERS: Mapping[str, Register] = {
    known.code: known
    for known in (FR_RPPS, BE_INAMI, CH_GLN, DE_LANR, DE_EFN, GB_GMC, US_NPI, OTHER)
}


def register_of(code: str) -> Register:
    """Return a register by its code; raises InvalidInput for one that we do not know."""
    register = REGISTERS.get(code.strip().upper())
    if register is None:
        known = ", ".join(REGISTERS)
        raise InvalidInput(f"there is no register {code[:40]!r} (known: {known})")
    return register
