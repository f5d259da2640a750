"""A real OpenID provider and a real browser: linked, let in, and taken as evidence for a badge.

`oidc-provider` is certified for the code flow; it signs on whoever types a name.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from instances import PASSWORD, Instance, free_port
from peers.environment import ROOT, node, node_environment
from register_files import line, write

pytestmark = [pytest.mark.peers, pytest.mark.slow]
CLIENT = {"client_id": "consilium", "client_secret": "kept by the hospital and its provider"}
THEO = "899900000193"
SAID = {
    "preferred_username": THEO,
    "given_name": "Théo",
    "family_name": "ALBRIVAUX",
    "SubjectNameID": THEO,
    "SubjectRole": ["10^1.2.250.1.213.1.1.5.5"],
}


@pytest.fixture(scope="module")
def issuer() -> str:
    return f"http://login.localhost:{free_port()}"


@pytest.fixture(scope="module")
def hospital(tmp_path_factory: pytest.TempPathFactory, issuer: str) -> Iterator[Instance]:
    made = Instance(
        "hospital",
        tmp_path_factory.mktemp("sign-on"),
        oidc_issuer=issuer,
        oidc_client_id=CLIENT["client_id"],
        oidc_client_secret=CLIENT["client_secret"],
        oidc_name="CHU de Lyon",
        psc_issuer=issuer,
        psc_client_id=CLIENT["client_id"],
        psc_client_secret=CLIENT["client_secret"],
        strong_issuers=issuer,
    )
    with made.migrated() as running:
        file = line(THEO[1:], family="ALBRIVAUX", given="Théo", kind="S", skill="SM10")
        extract = write(tmp_path_factory.mktemp("register") / "extract.txt", file)
        running.cli("register", "import", str(extract), "--register", "FR-RPPS")
        running.cli(
            "account", "create", "v.petit", "--email", "v@example.org", "--role", "admin",
            "--name", "Dr Vera Petit", "--password-stdin", stdin=PASSWORD,
        )  # fmt: skip
        running.cli(
            "account", "create", "t.albrivaux", "--email", "t@example.org",
            "--name", "Dr Théo Albrivaux", "--password-stdin", stdin=PASSWORD,
        )  # fmt: skip
        yield running


@pytest.fixture(scope="module")
def provider(hospital: Instance, issuer: str) -> Iterator[None]:
    folder = node_environment("oidc_provider")
    source = ROOT / "tests" / "peers" / "oidc_provider" / "provider.mjs"
    (folder / source.name).write_bytes(source.read_bytes())
    back = [
        f"{hospital.base_url}/auth/sign-on/{key}/back"
        for key in ("institution", "pro-sante-connect")
    ]
    said = {
        "issuer": issuer,
        "port": int(issuer.rpartition(":")[2]),
        "clients": [CLIENT | {"redirect_uris": back}],
        "claims": [*SAID, "email"],
        "people": {"theo": SAID, "anne": {"preferred_username": "anne", "email": "t@example.org"}},
    }
    process = subprocess.Popen(
        [node(), source.name],
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    process.stdin.write(json.dumps(said))
    process.stdin.close()
    assert process.stdout.readline() == "ready\n"
    yield
    process.kill()
    process.wait()
    process.stdout.close()


@pytest.fixture
def browser(chromium: Browser, hospital: Instance, provider: None) -> Iterator:
    opened: list[BrowserContext] = []

    def open_page() -> Page:
        context = chromium.new_context(base_url=hospital.base_url, locale="en-GB")
        opened.append(context)
        # Accounts read French until they say otherwise.
        context.add_cookies([{"name": "lang", "value": "en", "url": hospital.base_url}])
        return context.new_page()

    yield open_page
    for context in opened:
        context.close()


def sign_on_there(page: Page, issuer: str, name: str) -> None:
    """Type a name at the provider, and let it tell us who that is."""
    page.wait_for_url(f"{issuer}/**")
    if page.locator("input[name=login]").count():
        page.fill("input[name=login]", name)
        page.fill("input[name=password]", "whatever")
        page.click("button[type=submit]")
        page.wait_for_load_state()
    if page.url.startswith(issuer):
        page.click("button[type=submit]")


def test_the_whole_way(browser, hospital, issuer):
    page = browser()
    page.goto("/auth/sign-in")
    page.get_by_role("button", name="Sign in with CHU de Lyon").click()
    sign_on_there(page, issuer, "theo")
    expect(page.get_by_role("alert")).to_contain_text("Nobody here is signed in by this identity")

    page.goto("/auth/sign-in")
    page.fill("#name", "t.albrivaux")
    page.fill("#password", PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.goto("/settings/security")
    page.get_by_role("link", name="Link CHU de Lyon").click()
    page.fill("#password", PASSWORD)
    page.get_by_role("button", name="Go on to CHU de Lyon").click()
    page.wait_for_url("**/settings/security?done=linked")
    expect(page.get_by_text(THEO, exact=True)).to_be_visible()

    again = browser()
    again.goto("/auth/sign-in")
    again.get_by_role("button", name="Sign in with CHU de Lyon").click()
    sign_on_there(again, issuer, "theo")
    expect(again.locator(".me-name")).to_have_text("Dr Théo Albrivaux")

    # The same address as the account's is no reason to let somebody in.
    another = browser()
    another.goto("/auth/sign-in")
    another.get_by_role("button", name="Sign in with CHU de Lyon").click()
    sign_on_there(another, issuer, "anne")
    expect(another.get_by_role("alert")).to_contain_text("Nobody here is signed in")


def sign_in_here(page: Page, name: str) -> None:
    page.goto("/auth/sign-in")
    page.fill("#name", name)
    page.fill("#password", PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/")


def test_a_sign_on_supports_a_claim_and_the_badge_is_on_the_profile(browser, issuer):
    page = browser()
    sign_in_here(page, "t.albrivaux")
    page.goto("/settings/badge")
    page.get_by_role("link", name="Say who you are").click()
    page.get_by_label("Your number in it").fill(THEO[1:])
    page.get_by_label("Your number in it").press("Tab")
    # The register fills in the rest.
    expect(page.get_by_text("This is what the register says:")).to_be_visible()
    expect(page.get_by_label("Name in practice")).to_have_value("Albrivaux")
    page.get_by_role("button", name="Send the request").click()
    page.wait_for_url("**/settings/badge?done=claimed")
    page.get_by_role("button", name="Pro Santé Connect").click()
    sign_on_there(page, issuer, "theo")
    page.wait_for_url("**/settings/badge?done=sign-on")
    expect(page.locator(".findings")).to_contain_text("with this very number")

    verifier = browser()
    sign_in_here(verifier, "v.petit")
    verifier.goto("/institution/claims")
    verifier.get_by_role("link", name="Théo Albrivaux").click()
    expect(verifier.get_by_label("signed in with the professional card")).to_be_checked()
    verifier.get_by_label("Reason").fill("Signed on with the professional card.")
    verifier.get_by_role("button", name="Grant the badge").click()
    expect(verifier.get_by_text("The badge is given.")).to_be_visible()

    page.goto("/@t.albrivaux")
    badge = page.locator("main details.badge").first
    expect(badge.locator("summary")).to_contain_text("Verified doctor")
    badge.locator("summary").click()
    expect(badge).to_contain_text("signed in with the professional card")
    badge.get_by_role("link", name="All about this badge").click()
    expect(page.get_by_text(THEO[1:])).to_be_visible()
