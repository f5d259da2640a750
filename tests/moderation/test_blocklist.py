"""Block lists: the forms in which servers exchange them, read and written."""

from __future__ import annotations

import json

import pytest

from core.errors import InvalidInput
from moderation import blocklist
from moderation.blocklist import Entry, Severity, entries_of, read_blocklist, write_blocklist
from moderation.models import Peer, PeerClass

MASTODON = """\
#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate
spam.example,suspend,TRUE,true,"unsolicited mail, all day",false
loud.example,silence,false,false,,true
art.example,noop,true,false,,false
"""
READ = (
    Entry(
        "spam.example",
        Severity.SUSPEND,
        rejects_media=True,
        rejects_reports=True,
        public_reason="unsolicited mail, all day",
    ),
    Entry("loud.example", Severity.SILENCE),
    Entry("art.example", Severity.NOOP, rejects_media=True),
)


def _why(data: str) -> dict[str, str]:
    return {one.text: one.why for one in read_blocklist(data.encode()).skipped}


@pytest.mark.parametrize(
    "text",
    [MASTODON, "\ufeff" + MASTODON, MASTODON.replace("\n", "\r\n"), MASTODON.replace("#", "")],
    ids=["as Mastodon writes it", "with a mark", "with CRLF", "without signs in the header"],
)
def test_mastodons_csv_is_read(text):
    read = read_blocklist(text.encode())

    assert (read.entries, read.skipped) == (READ, ())


def test_columns_may_be_missing_or_in_another_order():
    read = read_blocklist(b"#reject_media,#extra,#domain\nfalse,x,a.example\n\ntrue,,b.example,,\n")

    assert read.entries == (Entry("a.example"), Entry("b.example", rejects_media=True))


def test_gotosocials_json_is_read():
    written = [
        {"domain": "spam.example", "public_comment": "mail", "obfuscate": False},
        {"domain": "loud.example", "severity": "silence", "comment": "too loud"},
        "bare.example",
        7,
    ]

    read = read_blocklist(json.dumps(written).encode())

    assert read.entries == (
        Entry("spam.example", public_reason="mail"),
        Entry("loud.example", Severity.SILENCE, public_reason="too loud"),
        Entry("bare.example"),
    )
    assert [one.line for one in read.skipped] == [4]


def test_a_bare_list_of_hosts_is_one_of_hosts_to_block():
    read = read_blocklist(b"# from a friend\nspam.example\n\n  LOUD.example.  \n*.evil.example\n")

    assert [entry.host for entry in read.entries] == [
        "spam.example", "loud.example", "*.evil.example",
    ]  # fmt: skip
    assert {entry.severity for entry in read.entries} == {Severity.SUSPEND}


def test_hosts_come_in_their_one_form():
    read = read_blocklist("hôpital.example\nXN--HPITAL-IXA.example\n".encode())

    assert [entry.host for entry in read.entries] == ["xn--hpital-ixa.example"]


def test_two_lines_about_a_host_are_the_stricter_of_both():
    read = read_blocklist(
        b"#domain,#severity,#reject_media,#public_comment\n"
        b"a.example,noop,true,first\nA.example,suspend,false,second\na.example,silence,false,\n"
    )

    assert read.entries == (
        Entry("a.example", Severity.SUSPEND, rejects_media=True, public_reason="first"),
    )


def test_what_is_not_understood_is_skipped_and_told():
    told = _why(
        "#domain,#severity\nsp**.example,suspend\n*,suspend\n*.s*m.example,suspend\n"
        "https://a.example/path,suspend\nb.example,limit\n@c@d.example,noop\n\x1b[2J,suspend\n"
    )

    assert "obscured" in told["sp**.example"] and "obscured" in told["*.s*m.example"]
    assert "everybody" in told["*"]
    assert told["https://a.example/path"] == told["@c@d.example"] == "no host"
    assert "limit" in told["b.example"]
    # Nothing steers the terminal that it is shown in.
    assert "[2J" in told


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"\xff\xfe", "UTF-8"),
        (b'[{"domain": ', "JSON"),
        (b'a.example,"' + b"x" * 200_000 + b'"', "CSV"),
        (b"[" * 100_000, "JSON"),
    ],
)
def test_what_is_no_list_is_refused(data, told):
    with pytest.raises(InvalidInput, match=told):
        read_blocklist(data)


def test_a_list_that_is_too_long_is_refused(monkeypatch):
    monkeypatch.setattr(blocklist, "MAX_BYTES", 30)
    monkeypatch.setattr(blocklist, "MAX_ROWS", 2)

    with pytest.raises(InvalidInput, match="2 hosts"):
        read_blocklist(b"a.example\nb.example\nc.example")
    with pytest.raises(InvalidInput, match="at most"):
        read_blocklist(b"a.example\n" * 4)


def test_what_is_written_is_read_again():
    entries = (*READ, Entry("*.evil.example"), Entry("q.example", public_reason='"a", b\nc'))

    read = read_blocklist(write_blocklist(entries).encode())

    assert read.entries[:-1] == entries[:-1]
    assert read.entries[-1].public_reason == '"a", b c'
    assert write_blocklist(READ[1:]).splitlines()[:2] == [
        "#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate",
        "loud.example,silence,false,false,,false",
    ]


def test_of_our_decisions_what_such_a_list_can_say_goes_out():
    def peer(host: str, peer_class: PeerClass, **more: object) -> Peer:
        return Peer(host=host, peer_class=peer_class, **more)

    blocked, social, unknown = PeerClass.BLOCKED, PeerClass.SOCIAL, PeerClass.UNKNOWN
    entries = entries_of(
        [
            peer("a.example", blocked, reason="ours alone", public_reason="spam"),
            peer("b.example", social, holds=True, rejects_media=True),
            peer("c.example", unknown, rejects_reports=True),
            peer("d.example", social, forces_warning=True, rate=5),
            peer("*", blocked),
        ]
    )

    assert entries == [
        Entry("a.example", Severity.SUSPEND, public_reason="spam"),
        Entry("b.example", Severity.SILENCE, rejects_media=True),
        Entry("c.example", Severity.NOOP, rejects_reports=True),
    ]
