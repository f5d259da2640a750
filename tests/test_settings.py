"""Settings: what is wrong stops the start with one line that helps."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from zoneinfo import ZoneInfo, reset_tzpath

import pytest

from core.errors import SettingsError
from core.settings import KNOWN_PUSH_HOSTS, PublicPages, load_settings

DOCS = Path(__file__).resolve().parent.parent / "docs" / "settings.md"


@pytest.fixture(autouse=True)
def clean(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CONSILIUM_DEVELOPMENT", "true")


@pytest.mark.parametrize(
    ("name", "value", "hint"),
    [
        ("CONSILIUM_BASE_URL", "chu-lyon.example", "an origin without path"),
        ("CONSILIUM_BASE_URL", "https://chu-lyon.example/path", "an origin without path"),
        ("CONSILIUM_FEDERATION", "sometimes", "'allowlist' or 'open'"),
        ("CONSILIUM_DEVELOPMENT", "perhaps", "boolean"),
        ("CONSILIUM_ALLOWED_NETWORKS", "10.0.0.0/8,home", "list of networks"),
        ("CONSILIUM_PUBLIC_PAGES", "all", "'off', 'profiles' or 'posts'"),
        ("CONSILIUM_RATE_LIMITS", "maybe", "'on' or 'off'"),
        ("CONSILIUM_PUSH_HOSTS", "ntfy.example,https://push.example/", "host names or patterns"),
        ("CONSILIUM_PUSH_HOSTS", "push.*.example", "host names or patterns"),
        ("CONSILIUM_TIME_ZONE", "Mars/Olympus", "that this system has"),
        ("CONSILIUM_TIME_ZONE", "/etc/localtime", "that this system has"),
        ("CONSILIUM_FHIR_URL", "fhir.example/v2", "the address of a FHIR service"),
        ("CONSILIUM_FHIR_URL", "https://me:secret@fhir.example/", "the address of a FHIR service"),
        ("CONSILIUM_COLOUR", "blue", "no such setting"),
    ],
)
def test_a_wrong_setting_is_named_with_its_value_and_what_is_expected(
    monkeypatch, name, value, hint
):
    monkeypatch.setenv(name, value)

    with pytest.raises(SettingsError) as refusal:
        load_settings()

    said = str(refusal.value)
    assert name in said and value in said and hint in said
    assert "\n" not in said


def test_a_system_without_time_zones_is_told_what_it_lacks(monkeypatch, tmp_path):
    # Nor what a package of Python's brings.
    monkeypatch.setitem(sys.modules, "tzdata", None)
    reset_tzpath([tmp_path])
    ZoneInfo.clear_cache()

    try:
        with pytest.raises(SettingsError, match="CONSILIUM_TIME_ZONE='UTC'.*tzdata"):
            load_settings()
    finally:
        reset_tzpath()
        ZoneInfo.clear_cache()


def test_a_key_that_could_not_be_sent_is_refused_and_not_shown(monkeypatch):
    monkeypatch.setenv("CONSILIUM_FHIR_KEY", "abc\r\nx-other: 1")

    with pytest.raises(SettingsError, match="CONSILIUM_FHIR_KEY") as refusal:
        load_settings()

    assert "abc" not in str(refusal.value)


def test_plain_http_is_for_development_only(monkeypatch):
    monkeypatch.setenv("CONSILIUM_DEVELOPMENT", "false")
    monkeypatch.setenv("CONSILIUM_BASE_URL", "http://chu-lyon.example")

    with pytest.raises(SettingsError, match="CONSILIUM_BASE_URL"):
        load_settings()


def test_an_unknown_name_in_the_env_file_is_refused_too(tmp_path):
    (tmp_path / ".env").write_text("CONSILIUM_SHAPE=round\n")

    with pytest.raises(SettingsError, match="CONSILIUM_SHAPE='round'"):
        load_settings()


def test_the_mode_decides_what_strangers_see(monkeypatch):
    closed = load_settings()
    monkeypatch.setenv("CONSILIUM_FEDERATION", "open")
    opened = load_settings()

    assert (closed.serves_public_fetch, closed.shown_to_strangers) == (False, PublicPages.OFF)
    assert (opened.serves_public_fetch, opened.shown_to_strangers) == (True, PublicPages.POSTS)


def test_push_services_of_ones_own_are_added_to_the_known_ones_or_replace_them(monkeypatch):
    assert load_settings().push_hosts == KNOWN_PUSH_HOSTS

    for written, meant in {
        "known, ntfy.CHU-Lyon.example": (*KNOWN_PUSH_HOSTS, "ntfy.chu-lyon.example"),
        "*.push.apple.com,known": tuple(sorted(KNOWN_PUSH_HOSTS, key="*.push.apple.com".__ne__)),
        "ntfy.example:8443": ("ntfy.example:8443",),
        "*": ("*",),
        "": (),
    }.items():
        monkeypatch.setenv("CONSILIUM_PUSH_HOSTS", written)
        assert load_settings().push_hosts == meant


def test_the_known_push_services_are_named_where_the_setting_is_explained():
    (row,) = [line for line in DOCS.read_text().splitlines() if "CONSILIUM_PUSH_HOSTS" in line]

    assert set(re.findall(r"`([a-z0-9*-]+(?:\.[a-z0-9-]+)+)`", row)) == set(KNOWN_PUSH_HOSTS)


def test_a_secret_is_made_once_and_kept_readable_by_nobody_else(tmp_path):
    settings = load_settings(data_dir=tmp_path / "data")

    secret = settings.secret

    assert len(secret) >= 32
    assert load_settings(data_dir=tmp_path / "data").secret == secret
    assert (tmp_path / "data" / "secret.key").stat().st_mode & 0o077 == 0


def test_an_empty_secret_file_is_not_taken_for_a_secret(tmp_path):
    (tmp_path / "secret.key").write_text("")

    with pytest.raises(SettingsError, match="secret"):
        _ = load_settings(data_dir=tmp_path).secret
