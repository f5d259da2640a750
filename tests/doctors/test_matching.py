"""Comparing a claim: with the register, other accounts and sign-ons; what that is worth."""

from __future__ import annotations

import json
from functools import partial

import pytest

from claiming import HOSPITAL, PDF, PSC, card, claim_of, person
from core.i18n import language_of
from doctors.comparing import compare_anew, match_claim
from doctors.evidence import add_file, add_sign_on
from doctors.matching import Facts, Match, Verdict, compare, word_finding
from doctors.models import Assurance, Claim, RegisterEntry
from doctors.sign_on_facts import read_sign_on
from doctors.verification import verify
from register_files import NUMBER, fixture

OK, DOUBT, AGAINST = Verdict.OK, Verdict.DOUBT, Verdict.AGAINST


def _claim(**values) -> Claim:
    said = {
        "actor_id": 1,
        "register_code": "FR-RPPS",
        "number": NUMBER,
        "profession": "10",
        "given_name": "Alice",
        "family_name": "Martin",
    }
    return Claim(**said | values)


def _entry(**values) -> RegisterEntry:
    said = {
        "register_code": "FR-RPPS",
        "number": NUMBER,
        "family_name": "MARTIN",
        "given_name": "Alice",
        "name_key": "martin alice",
        "profession": "10",
        "category": "C",
        "specialities": ["SM04"],
        "edition_id": 1,
    }
    return RegisterEntry(**said | values)


def _compare(claim=None, entry=None, **facts) -> Match:
    known = {"account_name": "Dr Alice Martin", "strong_issuers": (PSC,)}
    if entry is not False:
        known |= {"entry": entry or _entry(), "cited": "FR-RPPS, 2026-11-01"}
    return compare(claim or _claim(), Facts(**known | facts))


def _signed(issuer=PSC, **values):
    return read_sign_on(issuer, card(**values))


def test_number_name_and_profession_of_the_register_propose_a_register_match():
    match = _compare(_claim(specialities=["SM04"]))

    assert {one.verdict for one in match.findings} == {OK}
    assert (match.proposed, match.highest) == (
        Assurance.REGISTER_MATCH,
        Assurance.REGISTER_MATCH,
    )


@pytest.mark.parametrize(
    ("claim", "entry", "kind", "verdict"),
    [
        ({"given_name": "Bob", "family_name": "Durand"}, {}, "name", AGAINST),
        ({"family_name": "Martin-Dupont"}, {}, "name", DOUBT),
        ({"profession": "60"}, {}, "profession", AGAINST),
        ({}, {"category": "E"}, "profession", AGAINST),
        ({"profession": "10-student"}, {}, "profession", DOUBT),
        ({"profession": "10-retired"}, {}, "profession", DOUBT),
        ({"profession": "10-resident"}, {"category": "E"}, "profession", OK),
        ({"specialities": ["SM04", "SM54"]}, {}, "specialities", DOUBT),
        ({"number": "99900000095"}, {}, "check-digit", DOUBT),
    ],
    ids=str,
)
def test_each_difference_is_found_under_its_kind(claim, entry, kind, verdict):
    assert _compare(_claim(**claim), _entry(**entry)).verdict_of(kind) is verdict


@pytest.mark.parametrize("kind", ["name", "profession", "holder"])
def test_what_speaks_against_leaves_nothing_proposed(kind):
    match = {
        "name": lambda: _compare(_claim(given_name="Bob", family_name="Durand")),
        "profession": lambda: _compare(_claim(profession="60")),
        "holder": lambda: _compare(holder="bob"),
    }[kind]()

    assert match.speaks_against
    assert match.verdict_of(kind) is AGAINST
    assert match.proposed is Assurance.DECLARED


def test_a_number_that_the_register_does_not_have_is_a_doubt_and_proves_nothing():
    unknown = _compare(entry=False, cited="FR-RPPS, 2026-11-01")
    unheld = _compare(entry=False)

    for match in (unknown, unheld):
        assert match.verdict_of("number") is DOUBT
        assert (match.proposed, match.highest) == (Assurance.DECLARED, Assurance.DECLARED)
    assert unknown.findings[0].words != unheld.findings[0].words


def test_a_document_lets_an_institution_attest_and_proposes_nothing_by_itself():
    match = _compare(entry=False, documents=2)

    assert (match.proposed, match.highest) == (
        Assurance.DECLARED,
        Assurance.INSTITUTION_ATTESTED,
    )


def test_the_professional_card_with_this_number_is_strong():
    match = _compare(sign_ons=[_signed()])

    assert match.verdict_of("sign-on") is OK
    assert (match.proposed, match.highest) == (Assurance.STRONG_AUTH, Assurance.STRONG_AUTH)


@pytest.mark.parametrize(
    ("said", "kind", "verdict"),
    [
        ({"number": "99900000011"}, "sign-on", AGAINST),
        ({"SubjectNameID": "ANS2023123"}, "sign-on", AGAINST),
        ({"given_name": "Bob", "family_name": "DURAND"}, "sign-on-name", AGAINST),
        ({"SubjectRole": ["60^1.2"], "SubjectRefPro": {"exercices": []}}, "sign-on-profession",
         AGAINST),
        ({"SubjectRefPro": {"exercices": [{"codeCategorieProfessionnelle": "E"}]}},
         "sign-on-profession", AGAINST),
    ],
    ids=str,
)  # fmt: skip
def test_a_card_that_says_otherwise_speaks_against_and_is_not_strong(said, kind, verdict):
    match = _compare(sign_ons=[_signed(**said)])

    assert match.verdict_of(kind) is verdict
    assert match.proposed is Assurance.DECLARED
    assert match.highest is Assurance.INSTITUTION_ATTESTED


def test_a_card_without_a_profession_needs_the_registers():
    silent = {"SubjectRole": None, "SubjectRefPro": None}

    listed = _compare(sign_ons=[_signed(**silent)])
    unlisted = _compare(entry=False, sign_ons=[_signed(**silent)])

    assert listed.highest is Assurance.STRONG_AUTH
    assert unlisted.highest is Assurance.INSTITUTION_ATTESTED


def test_a_hospitals_own_provider_attests_people_and_no_numbers():
    match = _compare(sign_ons=[_signed(HOSPITAL)])

    assert match.verdict_of("sign-on") is DOUBT
    assert (match.proposed, match.highest) == (
        Assurance.INSTITUTION_ATTESTED,
        Assurance.INSTITUTION_ATTESTED,
    )


def test_the_claims_of_pro_sante_connect_are_read_as_they_come():
    facts = read_sign_on(PSC, json.loads(fixture("psc_userinfo.json").read_text()))

    assert (facts.number, facts.professions, facts.category) == ("899900000193", ("10",), "C")
    assert (facts.given_name, facts.family_name) == ("Théo", "ALBRIVAUX")
    assert (facts.specialities, facts.workplace) == (("SM10",), "CABINET FICTIF ALBRIVAUX")


@pytest.mark.parametrize(
    "claims",
    [
        {},
        {"SubjectRole": "", "SubjectRefPro": "", "SubjectNameID": None},
        {"SubjectRole": [None, 3, ""], "SubjectRefPro": {"exercices": ["x", {}]}},
        {"SubjectRefPro": {"exercices": {"codeProfession": "10"}}},
    ],
    ids=str,
)
def test_what_a_provider_leaves_out_or_misshapes_is_not_said(claims):
    facts = read_sign_on(PSC, claims)

    assert (facts.number, facts.professions, facts.category) == ("", (), "")


def test_findings_are_kept_and_worded_in_the_readers_language():
    match = Match.of(json.loads(json.dumps(_compare(_claim(profession="60")).as_json())))
    found = next(one for one in match.findings if one.kind == "profession")

    in_words = [
        word_finding(found, language_of(code).gettext, code) for code in ("en", "fr")
    ]

    assert in_words[0] == "The register has another profession: Physician."
    assert "Médecin" in in_words[1]
    assert match.proposed is Assurance.DECLARED


async def test_other_accounts_with_the_number_are_named(issuing):
    async with issuing.transaction() as session:
        first = await person(session)
        await verify(session, first, register="FR-RPPS", number=NUMBER, decided_by="test")
        await claim_of(session, await person(session, "bob"))
        third = await claim_of(session, await person(session, "carol"))

        match = await match_claim(session, third)

    named = {one.kind: one.values.get("username") for one in match.findings}
    assert (named["holder"], named["rival"]) == ("alice", "bob")


async def test_what_comes_later_is_compared_at_once(issuing):
    async with issuing.transaction() as session:
        claim = await claim_of(session, await person(session))
        before = claim.proposed
        await add_file(session, claim, "card.pdf", PDF)
        with_document = Match.of(claim.match).highest
        await add_sign_on(session, claim, PSC, card())

        assert (before, with_document, claim.proposed) == (
            Assurance.REGISTER_MATCH,
            Assurance.INSTITUTION_ATTESTED,
            Assurance.STRONG_AUTH,
        )


async def test_a_claim_is_compared_anew_with_a_later_edition_by_a_job(issuing, client):
    run = partial(compare_anew, issuing, client)
    async with issuing.transaction() as session:
        claim = await claim_of(session, await person(session), number="99900000193")
        session.add(_entry(number="99900000193"))
    assert claim.proposed is Assurance.DECLARED

    await run({"claim_id": str(claim.id)})
    await run({"claim_id": "115"})

    async with issuing.read() as session:
        compared = await session.get_one(Claim, claim.id)
    assert compared.proposed is Assurance.REGISTER_MATCH
