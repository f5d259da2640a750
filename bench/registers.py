"""A whole national register: 2.2 million synthetic lines imported, then people looked up in it.

`python -m bench registers lines=100000` takes a smaller one.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import literal, select
from stdnum import luhn

from bench.figures import Figure
from bench.house import instance
from bench.limits import Limits
from core.settings import load_settings
from db.session import AsyncSession, Database
from doctors.registers.entries import find_entry, list_by_name
from doctors.registers.fr_rpps import CODE
from instances import ROOT, Instance

LINES, SKILLS_PART = 2_200_000, 5
MAX_MIB = 200
LOOKS, WARMING = 1000, 50
BARE = "a transaction with an empty question"
# Made of syllables, so that nobody is meant; some have two parts or a particle, as people do.
_FIRST = "Bru Val Tor Mel Sar Fon Gri Lou Per Cas Dur Roc Alb Esc".split()
_MIDDLE = "ba chi do fé go lin ma né pou ri ta vel".split()
_LAST = "meval dorin zelles tignol cabrel venot lissou rivaux quemont bassol nardou guelty".split()
_GIVEN = (
    "Alizée Bastien Coline Damien Éloïse Farid Gaëlle Hugo Inès Jonas Kenza Léandre Maëlle Nadir "
    "Océane Priam Quitterie Rayan Solène Théo Ulysse Violette Wassim Yaël Zoé Jean-Marc Anne-Lise"
).split()
_SPECIALITIES = tuple(f"SM{number:02}" for number in range(1, 75))
_TOWNS = (
    ("75013", "75113", "Paris 13e Arrondissement", "75"),
    ("69003", "69383", "Lyon 3e Arrondissement", "69"),
    ("31000", "31555", "Toulouse", "31"),
    ("20000", "2A004", "Ajaccio", "2A"),
    ("97400", "97411", "Saint-Denis", "974"),
)
_COLUMNS = (
    "Type d'identifiant PP|Identifiant PP|Identification nationale PP|Code civilité d'exercice|"
    "Libellé civilité exercice|Code civilité|Libellé civilité|Nom d'exercice|Prénom d'exercice|"
    "Code profession|Libellé profession|Code catégorie professionnelle|"
    "Libellé catégorie professionnelle|Code type savoir-faire|Libellé type savoir-faire|"
    "Code savoir-faire|Libellé savoir-faire|Code mode exercice|Libellé mode exercice|"
    "Numéro SIRET site|Numéro SIREN site|Numéro FINESS site|"
    "Numéro FINESS établissement juridique|Identifiant technique de la structure|"
    "Raison sociale site|Enseigne commerciale site|Complément destinataire (coord. structure)|"
    "Complément point géographique (coord. structure)|Numéro Voie (coord. structure)|"
    "Indice répétition voie (coord. Structure)|Code type de voie (coord. structure)|"
    "Libellé type de voie (coord. structure)|Libellé Voie (coord. structure)|"
    "Mention distribution (coord. structure)|Bureau cedex (coord. structure)|"
    "Code postal (coord. structure)|Code commune (coord. structure)|"
    "Libellé commune (coord. structure)|Code pays (coord. structure)|"
    "Libellé pays (coord. structure)|Téléphone (coord. structure)|"
    "Téléphone 2 (coord. structure)|Télécopie (coord. structure)|"
    "Adresse e-mail (coord. structure)|Code département (coord. structure)|"
    "Libellé département (coord. structure)|Ancien identifiant de la structure|"
    "Autorité d'enregistrement|Code secteur d'activité|Libellé secteur d'activité|"
    "Code section tableau pharmaciens|Libellé section tableau pharmaciens|Code fonction|"
    "Libellé fonction|Code genre d'activité|Libellé genre d'activité|"
)
_SKILLS_COLUMNS = (
    "Type d'identifiant PP|Identifiant PP|Identification nationale PP|Nom d'exercice|"
    "Prénom d'exercice|Code profession|Libellé profession|Code catégorie professionnelle|"
    "Libellé catégorie professionnelle|Code type savoir-faire|Libellé type savoir-faire|"
    "Code savoir-faire|Libellé savoir-faire|"
)


@dataclass(frozen=True, slots=True)
class _Person:
    number: str
    family: str
    given: str
    profession: str
    speciality: str


@dataclass(frozen=True, slots=True)
class _Run:
    """What importing cost the process that did it."""

    told: dict[str, object]
    wall_s: float
    cpu_s: float
    peak_mib: float


def run(folder: Path, _limits: Limits) -> list[Figure]:
    """Measure the import of both files, the same edition a day later, and the looking up."""
    count = next((int(a[6:]) for a in sys.argv[1:] if a.startswith("lines=")), LINES)
    activities = folder / "PS_LibreAcces_Personne_activite_202611220815.txt"
    skills = folder / "PS_LibreAcces_SavoirFaire_202611220815.txt"
    people = _write(activities, skills, count)
    size_mib = activities.stat().st_size / 2**20
    print(f"  {count:,} lines of {people:,} people, {size_mib:.0f} MiB", flush=True)
    server = instance(folder, "registers")
    first = _import(server, activities, skills)
    assert first.told["people"] == people, first.told
    with activities.open("a", encoding="utf-8") as file:
        file.write("\n")
    again = _import(server, activities, skills)
    for of, cost in (("first", first), ("next", again)):
        print(
            f"  {of} edition: {cost.wall_s:.0f} s, {cost.cpu_s:.0f} s of CPU, "
            f"{cost.peak_mib:.0f} MiB",
            flush=True,
        )
    looks = asyncio.run(_look(server, people))
    return [
        Figure("import: peak memory", first.peak_mib, "MiB", MAX_MIB),
        Figure("import: both files", first.wall_s, "s"),
        Figure("import: lines of activities a second", count / first.wall_s, "/s"),
        Figure("import: CPU a thousand lines", first.cpu_s * 1e6 / count, "ms"),
        Figure("the next edition: peak memory", again.peak_mib, "MiB", MAX_MIB),
        Figure("the next edition: both files", again.wall_s, "s"),
        *(
            Figure(f"CPU of a look-up {name}", cost, "ms", 1.0, looks[BARE], BARE)
            for name, cost in looks.items()
            if name != BARE
        ),
    ]


def _write(activities: Path, skills: Path, count: int) -> int:
    """Write `count` lines and a second file; return of how many people."""
    people = 0
    with (
        activities.open("w", encoding="utf-8") as file,
        skills.open("w", encoding="utf-8") as second,
    ):
        file.write(_COLUMNS + "\n")
        second.write(_SKILLS_COLUMNS + "\n")
        left = count
        while left:
            person = _person(people)
            lines = list(_activities(person, people))[:left]
            file.writelines(lines)
            if people % SKILLS_PART == 0:
                second.write(_skill(person))
            people, left = people + 1, left - len(lines)
    return people


def _person(serial: int) -> _Person:
    body = f"99{serial:08}"
    first, middle, last = serial % 14, serial // 14 % 12, serial // 168 % 12
    family = (_FIRST[first] + _MIDDLE[middle] + _LAST[last]).upper()
    if serial % 23 == 0:
        family = f"DE {family}"
    if serial % 17 == 0:
        family = f"{family}-{_FIRST[middle].upper()}{_LAST[first % 12].upper()}"
    return _Person(
        number=body + luhn.calc_check_digit(body),
        family=family,
        given=_GIVEN[serial // 2016 % len(_GIVEN)],
        profession="10" if serial % 5 < 2 else ("60", "50", "70")[serial % 3],
        speciality=_SPECIALITIES[serial % len(_SPECIALITIES)],
    )


def _activities(person: _Person, serial: int) -> Iterator[str]:
    """Yield a line for each place where a person works: one or two."""
    for activity in range(1 + serial % 3 % 2):
        post, insee, town, department = _TOWNS[(serial + activity) % len(_TOWNS)]
        finess = f"{department[:2]}{serial % 9999999:07}" if serial % 2 else ""
        # Newer editions have specialities in the second file only.
        yield (
            f"8|{person.number}|8{person.number}|DR|Docteur|MME|Madame|{person.family}|"
            f"{person.given}|{person.profession}|Profession fictive|C|Civil|||||L|Libéral|||"
            f"{finess}||R{serial:012}|CABINET FICTIF {person.family}||||{serial % 200}||R|Rue|"
            f"DES FAUX TILLEULS||{post} {town.upper()}|{post}|{insee}|{town}|||0199000000"
            f"|||contact{serial}@example.org|{department}|Département fictif||CNOM/CNOM/CNOM|SA07|"
            "Cabinet individuel|||||GENR01|Activité standard de soin ou de pharmacien|\n"
        )


def _skill(person: _Person) -> str:
    return (
        f"8|{person.number}|8{person.number}|{person.family}|{person.given}|{person.profession}|"
        f"Profession fictive|C|Civil|S|Spécialité ordinale|{person.speciality}|Fictive|\n"
    )


def _import(server: Instance, activities: Path, skills: Path) -> _Run:
    command = [sys.executable, "-m", "cli", "register", "import", str(activities)]
    command += ["--register", CODE, "--skills", str(skills), "--json"]
    began = time.perf_counter()
    process = subprocess.Popen(command, cwd=ROOT, env=server.environment, stdout=subprocess.PIPE)
    assert process.stdout is not None
    told = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    took = time.perf_counter() - began
    return _Run(json.loads(told), took, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


async def _look(server: Instance, people: int) -> dict[str, float]:
    settings = load_settings(
        _env_file=None, base_url=server.base_url, data_dir=server.folder, development=True
    )
    database = Database(settings)
    chance = random.Random(7)
    wanted = [_person(chance.randrange(people)) for _ in range(LOOKS + WARMING)]

    def by_number(person: _Person) -> Callable[[AsyncSession], Awaitable[object]]:
        return lambda session: find_entry(session, CODE, person.number)

    def by_name(person: _Person) -> Callable[[AsyncSession], Awaitable[object]]:
        text = f"{person.family} {person.given}"
        return lambda session: list_by_name(session, CODE, text, limit=10)

    def by_family(person: _Person) -> Callable[[AsyncSession], Awaitable[object]]:
        return lambda session: list_by_name(session, CODE, person.family, limit=10)

    def turned(person: _Person) -> Callable[[AsyncSession], Awaitable[object]]:
        text = f"{person.given} {person.family}"
        return lambda session: list_by_name(session, CODE, text, limit=10)

    def nothing(session: AsyncSession) -> Awaitable[object]:
        return session.execute(select(literal(1)))

    try:
        return {
            BARE: await _cost(database, [nothing for _ in wanted]),
            "by number": await _cost(database, [by_number(one) for one in wanted]),
            "by family and given name, up to 10": await _cost(
                database, [by_name(one) for one in wanted]
            ),
            "by family name, up to 10": await _cost(database, [by_family(one) for one in wanted]),
            "by given and family name, up to 10": await _cost(
                database, [turned(one) for one in wanted]
            ),
        }
    finally:
        await database.close()


async def _cost(
    database: Database, looks: list[Callable[[AsyncSession], Awaitable[object]]]
) -> float:
    """Return this process's CPU for one look-up in a short transaction, in milliseconds."""
    async with database.read() as session:
        for look in looks[:WARMING]:
            assert await look(session)
    before = time.process_time()
    for look in looks[WARMING:]:
        assert await database.look(look)
    return (time.process_time() - before) * 1000 / len(looks[WARMING:])
