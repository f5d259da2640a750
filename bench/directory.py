"""The directory: what it costs to find a doctor among 200,000, and among 2,000.

`python -m bench directory doctors=50000` takes a smaller house.
"""

from __future__ import annotations

import asyncio
import random
import statistics
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert
from sqlmodel import SQLModel

from actors.models import Actor, Badge, Follow
from bench.figures import Figure
from bench.house import instance
from bench.limits import Limits
from core.clock import now
from core.settings import load_settings
from db.session import AsyncSession, Database
from doctors.asked import Asked
from doctors.directory import Found, search
from doctors.directory_terms import entry_of, terms_of
from doctors.models import DirectoryEntry, DirectoryTerm, FieldAudience
from doctors.places.towns import Town, find_towns
from doctors.practice import PracticeReader, StatedField

DOCTORS, FEW = 200_000, 2_000
ROUNDS, WARMING = 60, 5
A_CHUNK = 4_000
SEEKER_FOLLOWS = 80
# In how many towns of each size people work: the first has every tenth of them.
_TOWNS = (
    "Paris Marseille Lyon Toulouse Nice Nantes Strasbourg Montpellier Bordeaux Lille Rennes Reims "
    "Toulon Grenoble Dijon Angers Nîmes Brest Limoges Tours Amiens Metz Perpignan Besançon Orléans "
    "Mulhouse Rouen Caen Nancy Avignon Poitiers Pau Ajaccio Bastia Quimper Valence Chambéry Niort "
    "Aubagne Villeurbanne Roubaix Antibes Cannes Béziers Arles Lorient Vannes Annecy Troyes Albi"
).split()
_SYLLABLES = "ba bru chi dal do fé gon lin ma mel né pou ri sar ta tor val vel zel".split()
_SKILLS = (
    "ablation de FA", "échographie transœsophagienne", "pose de stimulateur",
    "consultation mémoire", "chirurgie du genou", "arthroscopie", "coloscopie", "endoscopie haute",
    "suivi de grossesse", "laser", "biopsie cutanée",
    "infiltration échoguidée", "dialyse péritonéale", "greffe rénale",
    "hypnose", "acupuncture", "soins palliatifs", "électromyogramme", "polysomnographie",
    "chimiothérapie orale", "vaccination du voyageur", "IVG médicamenteuse", "pose de stérilet",
    "chirurgie de la cataracte", "injection intravitréenne", "pessaire", "test d’effort",
)  # fmt: skip
_LANGUAGES = "en es ar pt it de ru tr zh vi pl ta wo uk fa".split()


def run(folder: Path, _limits: Limits) -> list[Figure]:
    """Measure the questions in a large house and in a small one."""
    count = next((int(a[8:]) for a in sys.argv[1:] if a.startswith("doctors=")), DOCTORS)
    figures = []
    few = asyncio.run(_measure(folder, "few", FEW))
    many = asyncio.run(_measure(folder, "many", count))
    for name, cost in many.items():
        figures.append(Figure(f"{name}, of {count:,}", cost, "ms", 5.0))
        figures.append(Figure("  times as much as of 2,000", cost / few[name], "×"))
    return figures


async def _measure(folder: Path, name: str, count: int) -> dict[str, float]:
    server = instance(folder, f"directory-{name}")
    settings = load_settings(
        _env_file=None, base_url=server.base_url, data_dir=server.folder, development=True
    )
    database = Database(settings)
    try:
        began = time.perf_counter()
        seeker = await _fill(database, count)
        print(f"  {count:,} doctors in {time.perf_counter() - began:.0f} s", flush=True)
        reader = PracticeReader(seeker, is_doctor=True)
        return {name: await _cost(database, ask, reader) for name, ask in QUESTIONS.items()}
    finally:
        await database.close()


QUESTIONS: dict[str, Callable[[], Asked]] = {
    "“ablation, Marseille, arabe”": lambda: Asked(q="ablation, Marseille, arabe"),
    "a speciality in a department": lambda: Asked(speciality="SM04", department="13"),
    "general practice within 20 km of Paris": lambda: Asked(
        speciality="SM54", near="Paris", km=20, accepts_referrals=True
    ),
    "general practice, anywhere": lambda: Asked(speciality="SM54"),
    "a language that few speak, within 100 km": lambda: Asked(language="ta", near="Lyon", km=100),
    "“cardiologue lyon”": lambda: Asked(q="cardiologue lyon"),
    "the beginning of a name": lambda: Asked(q="torval"),
    "who accepts referrals and speaks English": lambda: Asked(
        language="en", accepts_referrals=True
    ),
    "all near a town": lambda: Asked(near="Limoges", km=30),
    "what nobody has": lambda: Asked(q="ablation cutanée", language="wo", speciality="SM54"),
}


async def _cost(
    database: Database, ask: Callable[[], Asked], reader: PracticeReader
) -> float:
    """Return this process's CPU for one search, in milliseconds."""

    async def once() -> Found:
        return await database.look(lambda session: search(session, ask(), reader))

    for _ in range(WARMING):
        found = await once()
    costs = []
    for _ in range(ROUNDS):
        before = time.process_time()
        await once()
        costs.append((time.process_time() - before) * 1000)
    # Of a busy machine the median tells more than the mean.
    cost = statistics.median(costs)
    print(f"    {found.total}{'+' if found.is_more else ''}: {cost:.2f} ms", flush=True)
    return cost


async def _fill(database: Database, count: int) -> int:
    """Write so many doctors with what they are found by; return the id of who looks for them."""
    towns = [find_towns(name, "FR", 1)[0] for name in _TOWNS]
    chance = random.Random(11)
    first = 1_000_000
    for start in range(0, count, A_CHUNK):
        numbers = range(start, min(start + A_CHUNK, count))
        async with database.transaction() as session:
            await _write(session, [first + number for number in numbers], towns, chance)
    async with database.transaction() as session:
        await _follow(session, first, count, chance)
    return first


async def _write(
    session: AsyncSession, ids: list[int], towns: list[Town], chance: random.Random
) -> None:
    actors = [_actor(id, chance) for id in ids]
    badges = [_badge(actor, chance) for actor in actors]
    stated = [_stated(towns, chance) for _ in ids]
    entries = []
    terms = []
    for actor, badge, said in zip(actors, badges, stated, strict=True):
        entry = entry_of(actor, badge, said)
        entry.habit = chance.choice((1, 2, 3, 9, 9, 9))
        entries.append(entry.model_dump())
        terms += [
            {"kind": kind, "term": term, "actor_id": actor.id, "audience": audience}
            for (kind, term), audience in terms_of(actor, badge, said).items()
        ]
    terms.sort(key=lambda row: (row["kind"], row["term"]))
    rows: list[tuple[type[SQLModel], list[dict[str, Any]]]] = [
        (Actor, [actor.model_dump() for actor in actors]),
        (Badge, [badge.model_dump() for badge in badges]),
        (DirectoryEntry, entries),
        (DirectoryTerm, terms),
    ]
    for model, values in rows:
        await session.execute(insert(SQLModel.metadata.tables[str(model.__tablename__)]), values)


def _actor(id: int, chance: random.Random) -> Actor:
    family = "".join(chance.choices(_SYLLABLES, k=3)).title()
    given = "".join(chance.choices(_SYLLABLES, k=2)).title()
    username = f"{given}.{family}{id}".lower()
    uri = f"http://b.localhost/users/{username}"
    return Actor(
        id=id, uri=uri, username=username, username_key=username, host="b.localhost",
        domain="b.localhost", name=f"Dr {given} {family}", inbox=f"{uri}/inbox", discoverable=True,
    )  # fmt: skip


def _badge(actor: Actor, chance: random.Random) -> Badge:
    speciality = "SM54" if chance.random() < 0.45 else f"SM{chance.randint(1, 74):02}"
    return Badge(
        actor_id=actor.id, credential_uri=f"{actor.uri}#c", issuer_uri="http://b.localhost/actor",
        issuer_name="b", name=actor.name, register_code="FR-RPPS", profession="10",
        profession_label="Médecin", specialities=[speciality], institution="CHU",
        assurance="register-match", is_doctor=True, verified_at=now(),
        valid_until=now() + timedelta(days=60), status_checked_at=now(),
    )  # fmt: skip


def _stated(towns: list[Town], chance: random.Random) -> list[StatedField]:
    public, doctors = FieldAudience.PUBLIC, FieldAudience.DOCTORS
    town = towns[min(int(chance.expovariate(0.08)), len(towns) - 1)]
    place = {
        "town": town.name, "department": town.department, "country": town.country,
        "latitude": town.latitude, "longitude": town.longitude, "code": town.code,
    }  # fmt: skip
    spoken = ["fr", *(one for one in _LANGUAGES if chance.random() < 0.4 / (1 + len(one)))]
    skills = chance.sample(_SKILLS, chance.randint(0, 3))
    return [
        StatedField("languages", spoken, public),
        StatedField("skills", skills, public),
        StatedField("place", place, doctors),
        StatedField("hospital", f"Hôpital {town.name}", public),
        StatedField("accepts_referrals", chance.random() < 0.6, public),
    ]


async def _follow(session: AsyncSession, me: int, count: int, chance: random.Random) -> None:
    """Let who looks follow some, each of whom is followed by and follows others."""
    known = [me + number for number in chance.sample(range(1, count), SEEKER_FOLLOWS)]
    pairs = {(me, one) for one in known}
    for one in known:
        others = chance.sample(range(1, count), min(200, count - 1))
        pairs |= {(one, me + other) for other in others if me + other != one}
    rows = [
        {"follower_id": one, "followee_id": other, "id": number + 1, "uri": f"f{number}",
         "created_at": now(), "accepted_at": now()}
        for number, (one, other) in enumerate(sorted(pairs))
    ]  # fmt: skip
    await session.execute(insert(Follow), rows)
