"""Doctors for the scene: a whole practice, colleagues on the map, who is found, who was there."""

from __future__ import annotations

import json
from dataclasses import dataclass

import factories
from actors.follows import save_follow
from actors.models import Actor
from careers import step, tell_career
from db.session import AsyncSession
from doctors.asked import Asked
from doctors.directory_index import index_people
from doctors.models import DirectoryEntry, FieldAudience
from doctors.practice import save_practice, save_settings
from doctors.ring_routes import PATH as RING
from fakes.remote import FakeRemote
from finding import make_doctor
from finding import say as say_practice
from mapping import make_contacts, place_value
from web.found_doctors import map_address

PUBLIC, DOCTORS, CONTACTS, NOBODY = FieldAudience
# Where Anne's contacts work: more than one in a town, some far overseas, some abroad.
TOWNS = ["Lyon", "Lyon", "Villeurbanne", "Paris", "Montreuil", "Nantes", "Saint-Denis", "Ajaccio",
         "Cayenne", "Nouméa", ("Genève", "CH"), ("Lausanne", "CH"), ("Montréal", "CA")]  # fmt: skip
NAMES = ["Dr Hélène Vasseur", "Dr Karim Haddad", "Dr Sofia Lindqvist", "Pr Étienne Rochefort",
         "Dr Awa Diop", "Dr Mathilde Le Goff", "Dr Jean-Baptiste Hoarau", "Dr Lisandru Casanova",
         "Dr Rosalie Kourou", "Dr Maïté Wamytan", "Dr Nicolas Berger", "Dr Chiara Fontana",
         "Dr Marie-Ève Tremblay-Gagnon"]  # fmt: skip
CAREER = [
    {"kind": "faculty", "place": "Université Claude Bernard Lyon 1", "title": "", "from": 1998,
     "to": 2004},
    {"kind": "internship", "place": "Hospices civils de Lyon", "title": "Interne en cardiologie",
     "from": 2004, "to": 2008},
    {"kind": "post", "place": "Hôpital de la Croix-Rousse", "title": "Cheffe de clinique",
     "from": 2008, "to": 2011},
    {"kind": "post", "place": "CHU de Lyon", "title": "Praticienne hospitalière", "from": 2011,
     "to": None},
]  # fmt: skip
NOTE = """Courrier et tracé par MSSanté, réponse sous 48 heures.
Urgence rythmologique : appeler la régulation du service, jour et nuit."""
TITLE = "Exercise testing in congenital long QT syndrome: a multicentre cohort of 412 families"


@dataclass(frozen=True)
class Doctors:
    """The pages about doctors' practices: the map, the directory, former colleagues."""

    named: str = "/@s.amrani"
    ring: str = "/directory?speciality=SM04&ring=1"

    @property
    def for_members(self) -> dict[str, tuple[str, int]]:
        """The pages of a verified doctor, by name, and the status that each has."""
        return {
            "settings-practice": ("/settings/practice", 200),
            "practice": (self.named, 200),
            "map": ("/map", 200),
            "map-closer": ("/map?zoom=8&at=640,510", 200),
            "map-world": ("/map?on=world", 200),
            "map-department": ("/map?department=69", 200),
            "map-nobody": ("/map?of=followers", 200),
            "map-found": (map_address(Asked(speciality="SM04")), 200),
            "directory": ("/directory", 200),
            "directory-line": ("/directory?q=ablation%2C+Lyon%2C+arabe", 200),
            "directory-towns": ("/directory?near=Saint-Denis&km=200", 200),
            "directory-nobody": ("/directory?skill=trapanation", 200),
            "directory-no-town": ("/directory?near=Nowhere-sur-Rien", 200),
            "directory-ring": (self.ring, 200),
            "colleagues": ("/colleagues", 200),
        }


async def set_doctors(session: AsyncSession, anne: Actor, files: FakeRemote) -> Doctors:
    """Let Anne say what she does, know colleagues of many towns, and find others.

    `files` is a clinical peer that the ring asks, too.
    """
    await _say_all(session, anne)
    contacts = await make_contacts(session, anne, TOWNS)
    for actor, name in zip(contacts, NAMES, strict=True):
        actor.name, actor.discoverable = name, True
        await factories.give_badge(session, actor)
        await say_practice(session, actor, skills=["échocardiographie"], languages=["fr"])
    await _let_be_found(session)
    await index_people(session, [anne.id, *(actor.id for actor in contacts)])
    await _let_answer(session, contacts[:4])
    await _let_have_been_there(session, anne)
    await _let_ring_answer(session, files)
    return Doctors()


async def _say_all(session: AsyncSession, anne: Actor) -> None:
    """Say every field, to audiences of every kind."""
    contact = {"phone": "04 99 00 12 34", "mssante": "a.martin@chu-lyon.mssante.fr", "note": NOTE}
    works = [
        {"doi": "10.5555/qt.2019.1182", "title": TITLE, "year": 2019},
        {"doi": "10.5555/12345678", "title": "", "year": None},
    ]
    said = {
        "subspecialities": (["rythmologie interventionnelle", "canalopathies"], PUBLIC),
        "skills": (["ablation de FA", "ablation de TV", "QT long congénital",
                    "défibrillateur sous-cutané", "test à l’ajmaline"], PUBLIC),
        "languages": (["fr", "ar", "en"], PUBLIC),
        "hospital": ("Centre hospitalier universitaire de Lyon, hôpital Louis-Pradel", PUBLIC),
        "unit": ("Service de rythmologie et de stimulation cardiaque", PUBLIC),
        "place": (place_value("Lyon"), DOCTORS),
        "accepts_referrals": (True, PUBLIC),
        "referral_contact": (contact, DOCTORS),
        "publications": ({"orcid": "0000-0002-1825-0097", "works": works}, PUBLIC),
        "career": (CAREER, DOCTORS),
        "interests": ("Aucun lien avec l’industrie depuis 2019.", CONTACTS),
    }  # fmt: skip
    await save_practice(session, anne, said)
    await save_settings(session, anne, seeks_colleagues=True)


async def _let_be_found(session: AsyncSession) -> None:
    """Let doctors of here and of elsewhere be found: many specialities, towns and languages."""
    samia = await make_doctor(
        session, "s.amrani", town="Villeurbanne", name="Dr Samia Amrani",
        languages=["fr", "ar", "en"], accepts_referrals=True,
        skills=["ablation de FA", "cardioversion", "holter de longue durée"],
        subspecialities=["rythmologie"], hospital="Médipôle Lyon-Villeurbanne",
        unit="Cardiologie", specialities=["SM04"],
        referral_contact={"phone": "04 99 00 56 78", "mssante": "", "note": "Avant 16 heures."},
        publications={"orcid": "", "works": [{"doi": "10.5555/9", "title": "", "year": 2021}]},
        career=[step("CHU de Grenoble", 2009, 2014), step("Médipôle", 2014, None)],
    )  # fmt: skip
    samia.summary = "<p>Rythmologie de proximité ; je vois les urgences le jour même.</p>"
    for number, (name, town, speciality, languages) in enumerate((
        ("Dr Pierre Lacombe", "Lyon", "SM04", ["fr"]),
        ("Dr Inès Ferreira da Silva", "Saint-Étienne", "SM04", ["fr", "pt", "es"]),
        ("Pr Wanda Kowalczyk", "Grenoble", "SM04", ["fr", "pl"]),
        ("Dr Ondine Marchetti", "Annecy", "SM04", ["fr", "it"]),
        ("Dr Quentin Oudin", "Valence", "SM04", ["fr", "en"]),
        ("Dr Ursule Bézard-Fontenay", "Chambéry", "SM04", ["fr"]),
        ("Dr Hugo Perrin", "Saint-Denis", "SM54", ["fr"]),
        ("Dr Leïla Mansouri", "Aubagne", "SM15", ["fr", "ar"]),
        ("Dr Noé Garnier", "Bron", "SM10", ["fr", "de"]),
    )):  # fmt: skip
        await make_doctor(
            session, f"doctor{number}", name=name, town=town, specialities=[speciality],
            languages=languages, skills=["ablation de flutter"] if number < 3 else [],
        )  # fmt: skip


async def _let_answer(session: AsyncSession, actors: list[Actor]) -> None:
    """Let some be known to answer soon, in each of the words for it."""
    for place, (actor, hours) in enumerate(zip(actors, (3, 20, 60, 150), strict=True)):
        entry = await session.get_one(DirectoryEntry, actor.id)
        entry.answers_within_h, entry.habit = hours, place


async def _let_have_been_there(session: AsyncSession, anne: Actor) -> None:
    """Let two be proposed as former colleagues; others wish it not, or tell contacts alone."""
    for username, name, steps, wishes in (
        ("m.delorme", "Dr Mireille Delorme-Chanteloup",
         [step("Université Claude Bernard Lyon 1", 1999, 2005, "faculty"),
          step("C.H.U. de Lyon", 2014, None)], {}),
        ("y.kone", "Dr Yao Koné", [step("Hospices Civils de Lyon", 2007, 2008, "internship")], {}),
        ("wishes.not", "Dr Paule Silence", [step("CHU de Lyon", 2012, None)], {"seeks": False}),
        ("hides", "Dr Luc Discret", [step("CHU de Lyon", 2012, None)], {"audience": CONTACTS}),
    ):  # fmt: skip
        actor = await factories.make_remote_actor(session, username, host="chu-nord.example")
        actor.name = name
        await factories.give_badge(session, actor)
        await tell_career(session, actor, *steps, **wishes)
        if username == "y.kone":
            uri = f"{actor.uri}#follows/{anne.id}"
            await save_follow(session, actor, anne, uri=uri, accepted=True)


async def _let_ring_answer(session: AsyncSession, files: FakeRemote) -> None:
    """Let the peer where the pictures are know two doctors who stand on no first page here."""
    await factories.make_peer(session, files.host, name="CHU de Grenoble")
    named = []
    for username, name in (("y.zeller", "Pr Yolande Zeller"), ("z.weiss", "Pr Zacharie Weiss")):
        actor = await make_doctor(
            session, username, host=files.host, name=name, town="Grenoble", languages=["fr", "vi"],
            specialities=["SM04"], skills=["ablation de FA", "stimulation du His"],
        )  # fmt: skip
        named.append(actor.uri)
    # Whatever else is asked for, the peer knows nobody.
    body = json.dumps({"actors": named})
    files.script(f"{RING}?speciality=SM04", body=body, content_type="application/json")
