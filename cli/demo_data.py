"""What the demo is filled with: invented people, a synthetic register, a few posts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stdnum import luhn

COLUMNS = (
    "Type d'identifiant PP",
    "Identifiant PP",
    "Identification nationale PP",
    "Code civilité d'exercice",
    "Nom d'exercice",
    "Prénom d'exercice",
    "Code profession",
    "Libellé profession",
    "Code catégorie professionnelle",
    "Code type savoir-faire",
    "Code savoir-faire",
    "Libellé savoir-faire",
    "Code mode exercice",
    "Raison sociale site",
    "Libellé commune (coord. structure)",
    "Code département (coord. structure)",
    "Autorité d'enregistrement",
)


@dataclass(frozen=True, slots=True)
class Person:
    """An invented professional; `serial` makes a register number in a range never allocated.

    `workplace` is the hospital as the register shouts it; `is_waiting` is who has no badge yet and
    asks for one.
    """

    username: str
    given: str
    family: str
    serial: int
    profession: str = "10"
    profession_label: str = "Médecin"
    speciality: str = ""
    speciality_label: str = ""
    workplace: str = ""
    hospital: str = ""
    town: str = ""
    department: str = ""
    skills: tuple[str, ...] = ()
    languages: tuple[str, ...] = ("fr",)
    phone: str = ""
    career: tuple[Mapping[str, object], ...] = field(default=())
    is_waiting: bool = False

    @property
    def number(self) -> str:
        """The register number: eleven digits of the 999… range, the last one Luhn's."""
        body = f"99900{self.serial:05d}"
        return body + luhn.calc_check_digit(body)

    @property
    def name(self) -> str:
        """The name that others read."""
        title = "Dr " if self.profession == "10" else ""
        return f"{title}{self.given} {self.family}"


_AUTHORITIES = {"10": "CNOM/CNOM/CNOM", "60": "ONI/ONI/ONI"}
_HOUSE = "CHU de Lyon (fictif)"
_LYON: dict[str, Any] = {
    "workplace": "CHU DE LYON (FICTIF)", "hospital": _HOUSE, "town": "Lyon", "department": "69",
}  # fmt: skip
_PARIS: dict[str, Any] = {
    "workplace": "HOPITAL SAINT-LOUIS (FICTIF)", "hospital": "Hôpital Saint-Louis (fictif)",
    "town": "Paris", "department": "75",
}  # fmt: skip
CARDIOLOGY: dict[str, Any] = {
    "speciality": "SM04",
    "speciality_label": "Cardiologie et maladies vasculaires",
}
_INTERNSHIP = "CHU de Saint-Étienne (fictif)"
LYON = (
    Person(
        "a.bruvenot", "Alizée", "Bruvenot", 101, **CARDIOLOGY, **_LYON,
        skills=("ablation de FA", "stimulation cardiaque"), languages=("fr", "en", "ar"),
        phone="04 65 71 01 01",
        career=(
            {"kind": "internship", "place": _INTERNSHIP, "title": "", "from": 2009, "to": 2013},
            {"kind": "post", "place": _HOUSE, "title": "", "from": 2014, "to": None},
        ),
    ),
    Person(
        "t.melzelles", "Théo", "Melzelles", 102, speciality="SM54",
        speciality_label="Médecine générale", **_LYON, skills=("échographie de débrouillage",),
    ),
    Person(
        "r.maldovrin", "Rayan", "Maldovrin", 104, speciality="SM16",
        speciality_label="Endocrinologie et métabolisme", **_LYON, is_waiting=True,
    ),
    Person(
        "i.sarlissou", "Inès", "Sarlissou", 103, profession="60", profession_label="Infirmier",
        **_LYON,
    ),
)  # fmt: skip
PARIS = (
    Person(
        "b.cabreloup", "Bastien", "Cabreloup", 201, speciality="SM15",
        speciality_label="Dermatologie et vénéréologie", **_PARIS,
        skills=("dermatoscopie", "chirurgie de Mohs"), languages=("fr", "pt"),
        phone="01 99 00 02 01",
        career=(
            {"kind": "internship", "place": _INTERNSHIP, "title": "", "from": 2011, "to": 2015},
        ),
    ),
    Person(
        "m.torivaux", "Maëlle", "Torivaux", 202, speciality="SM54",
        speciality_label="Médecine générale", **_PARIS,
    ),
)  # fmt: skip
QUESTION = (
    "Patiente de 50 à 54 ans, syncope à l'effort, QTc 510 ms sous escitalopram. Vous arrêtez "
    "d'abord le traitement et recontrôlez à J7, ou Holter d'emblée ? #DocTocToc"
)
ANSWER = (
    "J'arrête d'abord et je recontrôle à J7, kaliémie et magnésémie le jour même. Holter si le QTc "
    "reste au-dessus de 480 ms."
)
WELCOME = "Bienvenue sur l'instance de démonstration. Les personnes et les chiffres sont inventés."


def write_register(path: Path, people: Iterable[Person]) -> None:
    """Write a synthetic extract in the form of the French open file (PS_LibreAcces)."""
    lines = ["|".join(COLUMNS) + "|"]
    for person in people:
        row = {
            "Type d'identifiant PP": "8",
            "Identifiant PP": person.number,
            "Identification nationale PP": f"8{person.number}",
            "Code civilité d'exercice": "DR" if person.profession == "10" else "",
            "Nom d'exercice": person.family.upper(),
            "Prénom d'exercice": person.given,
            "Code profession": person.profession,
            "Libellé profession": person.profession_label,
            "Code catégorie professionnelle": "C",
            "Code type savoir-faire": "S" if person.speciality else "",
            "Code savoir-faire": person.speciality,
            "Libellé savoir-faire": person.speciality_label,
            "Code mode exercice": "S",
            "Raison sociale site": person.workplace,
            "Libellé commune (coord. structure)": person.town,
            "Code département (coord. structure)": person.department,
            "Autorité d'enregistrement": _AUTHORITIES[person.profession],
        }
        lines.append("|".join(row[column] for column in COLUMNS) + "|")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
