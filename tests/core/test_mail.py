"""Mail: the address of the server, what a message says of itself, and a real server to take it."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from core import clock, smtp
from core.errors import MailRefused, MailUnavailable, SettingsError
from core.mail import Mail, MailServer, Tls, is_address, make_envelope, parse_smtp_url
from core.settings import Settings, load_settings
from core.smtp import send
from fakes.authority import Authority
from fakes.mailbox import Mailbox
from fakes.ports import listener

pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH")
LOGIN = ("consilium@chu", "p@ss/wörd")
HOST = "localhost"


def envelope(to="anne@chu.example", subject="Bienvenue", text="Bonjour\n", **values):
    given = {"sender": "consilium@chu.example", "host": "chu.example"} | values
    return make_envelope(Mail(to, subject, text, "fr"), **given)


@pytest.fixture
def box():
    with Mailbox() as running:
        yield running


@pytest.fixture
def authority(tmp_path, monkeypatch):
    """An authority that this machine trusts, for one test."""
    made = Authority()
    path = tmp_path / "authority.pem"
    path.write_bytes(made.pem)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    return made


# The setting


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://m.example", MailServer("m.example", 587)),
        ("smtp://m.example:25", MailServer("m.example", 25)),
        ("smtps://m.example", MailServer("m.example", 465, Tls.AT_ONCE)),
        ("smtp://m.example?starttls=required", MailServer("m.example", 587, Tls.REQUIRED)),
        ("smtp://127.0.0.1:25?starttls=off", MailServer("127.0.0.1", 25, Tls.OFF)),
        ("smtp://a%40b:c%2Fd%25@m.example", MailServer("m.example", 587, username="a@b",
                                                         password="c/d%")),
    ],
)  # fmt: skip
def test_the_address_of_a_mail_server_says_how_to_reach_it(url, server):
    assert parse_smtp_url(url) == server


@pytest.mark.parametrize(
    "url",
    ["http://m.example", "m.example", "smtp://", "smtp://m.example/inbox", "smtp://m:99999",
     "smtp://m.example?starttls=perhaps", "smtp://m.example?tls=1", "smtps://m?starttls=off",
     "smtp://[::1", "smtp://m.example#x"],
)  # fmt: skip
def test_an_address_that_is_none_stops_the_start_in_one_line(monkeypatch, tmp_path, url):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CONSILIUM_DEVELOPMENT", "true")
    monkeypatch.setenv("CONSILIUM_SMTP_URL", url)

    with pytest.raises(SettingsError, match="CONSILIUM_SMTP_URL=…: expected smtp://user") as told:
        load_settings()

    assert "\n" not in str(told.value)


def test_a_wrong_address_of_a_mail_server_does_not_show_its_password(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CONSILIUM_DEVELOPMENT", "true")
    monkeypatch.setenv("CONSILIUM_SMTP_URL", "smtp://anne:hunter2@m.example/x")

    with pytest.raises(SettingsError) as told:
        load_settings()

    assert "hunter2" not in str(told.value)
    assert "hunter2" not in repr(parse_smtp_url("smtp://anne:hunter2@m.example"))


def test_mail_comes_from_the_instance_unless_told_otherwise(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    usual = load_settings(base_url="https://chu-lyon.example:8443")
    told = load_settings(base_url="https://chu-lyon.example", mail_from="it@chu.example")

    assert (usual.resolved_mail_from, usual.mail_host) == (
        "consilium@chu-lyon.example",
        "chu-lyon.example",
    )
    assert told.resolved_mail_from == "it@chu.example"
    with pytest.raises(SettingsError, match="CONSILIUM_MAIL_FROM='no one': expected an e-mail"):
        load_settings(base_url="https://chu-lyon.example", mail_from="no one")


def test_an_instance_without_a_mail_server_sends_nothing():
    settings = Settings(_env_file=None, development=True)

    assert (settings.sends_mail, settings.mail_server) == (False, None)


# Addresses


@pytest.mark.parametrize(
    "address",
    ["anne@chu.example", "Anne.Martin+garde@chu-lyon.example", "o'brien@x.ie", "a@localhost",
     "élise@hôpital.example", "a_b@c.example"],
)  # fmt: skip
def test_what_is_an_address(address):
    assert is_address(address)


@pytest.mark.parametrize(
    "address",
    ["", "anne", "@chu.example", "anne@", "anne@chu.example.", "anne@chu..example", "a b@c.example",
     "anne@chu.example\r\nBcc: all@chu.example", "a@b@c.example", "a,b@c.example", "<a@b.example>",
     "Anne <a@b.example>", '"a b"@c.example', ".a@b.example", "a..b@c.example", "a@-b.example",
     "a@[127.0.0.1]", "a\u200b@b.example", "a\x00@b.example", "a(x)@b.example", "a;b@c.example",
     f"{'a' * 65}@b.example", f"a@{'b' * 63}.{'c' * 200}"],
)  # fmt: skip
def test_I12_what_is_none(address):
    assert not is_address(address)
    with pytest.raises(MailRefused):
        envelope(to=address)


# What a message says of itself


def test_a_message_says_that_no_machine_may_answer_it():
    headers = dict(envelope().message.items())

    assert headers["Auto-Submitted"] == "auto-generated"
    assert headers["From"] == "Consilium <consilium@chu.example>"
    assert headers["To"] == "anne@chu.example"
    assert headers["Content-Language"] == "fr"
    assert headers["Content-Type"] == 'text/plain; charset="utf-8"'


def test_a_message_has_a_date_and_an_id_of_ours():
    clock.shift(timedelta(days=400))

    first, second = envelope().message, envelope().message

    assert first["Date"].datetime == clock.now().replace(microsecond=0)
    assert first["Message-ID"].endswith("@chu.example>")
    assert first["Message-ID"] != second["Message-ID"]


@pytest.mark.parametrize("break_", ["\r\n", "\n", "\r", "\x0b", "\u2028"])
def test_a_subject_cannot_begin_another_header(break_):
    message = envelope(subject=f"Bonjour{break_}Bcc: all@chu.example").message

    assert "Bcc" not in message
    assert b"\nBcc" not in message.as_bytes()
    assert message["Subject"] == "Bonjour Bcc: all@chu.example"


def test_a_text_cannot_end_the_message_or_begin_another_one():
    text = "un\r\n.\r\nMAIL FROM:<x@y.example>\n\n.\nfin\n"

    content = envelope(text=text).message.get_content()

    assert content.splitlines() == text.splitlines()


# A real server


async def test_a_message_arrives_as_it_was_written(box):
    text = "Chère Anne,\n\n" + "é" * 300 + "\n\nhttps://chu.example/auth/confirm?ticket=" + "x" * 90
    await send(parse_smtp_url(box.url()), envelope(subject="Un sujet où l’on " + "é" * 90,
                                                   text=text + "\n.\n..\n"))  # fmt: skip

    taken = box.only()
    assert (taken.sender, taken.recipients) == ("consilium@chu.example", ("anne@chu.example",))
    assert taken.subject == "Un sujet où l’on " + "é" * 90
    assert taken.text.splitlines() == [*text.splitlines(), ".", ".."]
    assert taken.greeted_as == "chu.example"
    assert max(map(len, taken.raw.splitlines())) <= 998


async def test_an_address_beyond_ascii_is_written_as_the_server_can_read_it(box):
    server = parse_smtp_url(box.url())
    await send(server, envelope(to="anne@hôpital.example"))
    await send(server, envelope(to="élise@hôpital.example"))

    assert [one.to for one in box.taken] == [
        "anne@xn--hpital-ixa.example",
        "élise@xn--hpital-ixa.example",
    ]


async def test_an_address_that_the_server_cannot_read_is_given_up():
    with Mailbox(is_utf8=False) as old:
        with pytest.raises(MailRefused, match="ASCII"):
            await send(parse_smtp_url(old.url()), envelope(to="élise@chu.example"))

    assert old.taken == []


async def test_the_way_is_sealed_where_that_is_offered(authority, tmp_path):
    with Mailbox(starttls=authority.context(tmp_path, HOST), login=LOGIN) as box:
        await send(parse_smtp_url(box.url(HOST)), envelope())

    taken = box.only()
    assert (taken.was_sealed, taken.user) == (True, LOGIN[0])


async def test_the_way_is_sealed_from_the_first_byte(authority, tmp_path):
    with Mailbox(tls=authority.context(tmp_path, HOST), login=LOGIN) as box:
        await send(parse_smtp_url(box.url(HOST)), envelope())

    assert box.only().user == LOGIN[0]


@pytest.mark.parametrize("login", [("consilium", "plain"), LOGIN])
async def test_a_password_may_have_any_letters(authority, tmp_path, login):
    with Mailbox(tls=authority.context(tmp_path, HOST), login=login) as box:
        await send(parse_smtp_url(box.url(HOST)), envelope())
        wrong = box.url(HOST, login="consilium:f%C3%A4lsch")
        with pytest.raises(MailUnavailable, match="535"):
            await send(parse_smtp_url(wrong), envelope())

    assert box.only().user == login[0]


@pytest.mark.parametrize("kind", ["tls", "starttls"])
async def test_a_certificate_for_another_name_is_not_believed(authority, tmp_path, kind):
    context = authority.context(tmp_path, "other.example")
    with Mailbox(**{kind: context}, login=LOGIN) as box:
        with pytest.raises(MailUnavailable, match="certificate is not valid for 'localhost'"):
            await send(parse_smtp_url(box.url(HOST)), envelope())

    assert box.taken == []


async def test_a_certificate_of_nobody_is_not_believed(authority, tmp_path):
    with Mailbox(starttls=Authority().context(tmp_path, HOST)) as box:
        with pytest.raises(MailUnavailable, match="certificate"):
            await send(parse_smtp_url(box.url(HOST)), envelope())


async def test_nothing_is_sent_in_the_clear_where_a_seal_is_asked_for(box):
    with pytest.raises(MailUnavailable):
        await send(parse_smtp_url(box.url(starttls="required")), envelope())

    assert box.taken == []


async def test_a_password_is_never_sent_in_the_clear_unasked():
    with Mailbox(login=LOGIN) as box:
        with pytest.raises(MailUnavailable, match="no password is sent"):
            await send(parse_smtp_url(box.url()), envelope())
        await send(parse_smtp_url(box.url(starttls="off")), envelope())

    assert box.only().user == LOGIN[0]


async def test_a_wrong_password_waits_for_an_administrator(authority, tmp_path):
    with Mailbox(tls=authority.context(tmp_path, HOST), login=LOGIN) as box:
        with pytest.raises(MailUnavailable, match="535") as told:
            await send(parse_smtp_url(box.url(HOST, login="consilium:wrong")), envelope())

    assert "wrong" not in str(told.value)


@pytest.mark.parametrize(
    ("place", "answer", "error"),
    [
        ("anne@chu.example", "550 5.1.1 <anne@chu.example>: no such user", MailRefused),
        ("anne@chu.example", "450 4.2.0 <anne@chu.example>: come back later", MailUnavailable),
        ("anne@chu.example", "421 4.3.2 closing down for anne@chu.example", MailUnavailable),
        ("DATA", "554 5.7.1 spam, anne@chu.example", MailRefused),
        ("DATA", "452 4.3.1 disk full", MailUnavailable),
        # Our own address is for an administrator to set right.
        ("MAIL", "550 5.7.1 not from here", MailUnavailable),
    ],
)
async def test_an_answer_says_whether_to_try_again_and_is_kept_without_names(
    box, place, answer, error
):
    box.answers[place] = answer

    with pytest.raises(error) as told:
        await send(parse_smtp_url(box.url()), envelope())

    assert answer[:9] in str(told.value)
    assert "anne" not in str(told.value)


async def test_a_server_that_is_not_there_may_be_there_later():
    async with listener() as (port, _):
        pass

    with pytest.raises(MailUnavailable, match="refused"):
        await send(MailServer("127.0.0.1", port), envelope())


async def test_a_server_that_hangs_up_may_be_there_later():
    async with listener() as (port, connected):
        with pytest.raises(MailUnavailable):
            await send(MailServer("127.0.0.1", port), envelope())

    assert len(connected) == 1


async def test_a_server_that_says_nothing_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(smtp, "STEP_S", 0.05)

    async def silent(reader, writer):
        await reader.read()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(MailUnavailable, match="timed out"):
            await send(MailServer("127.0.0.1", port), envelope())


async def test_a_server_that_goes_on_for_ever_is_left(monkeypatch):
    """Each word comes in time, all together would never end."""
    monkeypatch.setattr(smtp, "TOTAL_S", 0.3)
    left = asyncio.Event()

    async def drip(reader, writer):
        writer.write(b"220 slow.example\r\n")
        await reader.readline()
        try:
            while True:
                writer.write(b"250-ANOTHER\r\n")
                await writer.drain()
                await asyncio.sleep(0.02)
        except ConnectionError:
            left.set()

    server = await asyncio.start_server(drip, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(MailUnavailable, match="too long"):
            await send(MailServer("127.0.0.1", port), envelope())
        async with asyncio.timeout(10):
            await left.wait()


async def test_what_the_server_says_to_a_good_bye_changes_nothing():
    async def serve(reader, writer):
        writer.write(b"220 odd.example\r\n")
        for reply in (b"250 odd.example", b"250 ok", b"250 ok", b"354 go on"):
            await reader.readline()
            writer.write(reply + b"\r\n")
        await reader.readuntil(b"\r\n.\r\n")
        writer.write(b"250 taken\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        await send(MailServer("127.0.0.1", port), envelope())
