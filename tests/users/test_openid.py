"""What an OpenID provider answers, right and wrong: only the right one says who somebody is."""

from __future__ import annotations

import base64
import time

import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.asymmetric import rsa
from pydantic import SecretStr

from core.errors import FetchFailed, FetchUnavailable, Untrusted
from fakes.openid import CLIENT_ID, CLIENT_SECRET, FakeProvider
from federation.addresses import AddressGate
from federation.client import Client
from users.openid import OpenId, SignOnRefused, provider_of, providers

BACK = "http://a.localhost:8001/auth/sign-on/institution/back"
ROUND = {"nonce": "n" * 43, "verifier": "v" * 43, "redirect_uri": BACK}


@pytest.fixture
def fake():
    with FakeProvider() as running:
        yield running


@pytest.fixture
def settings(settings, fake):
    changes = {
        "oidc_issuer": fake.issuer,
        "oidc_client_id": CLIENT_ID,
        "oidc_client_secret": SecretStr(CLIENT_SECRET),
        "oidc_name": "CHU de Lyon",
    }
    return settings.model_copy(update=changes)


@pytest.fixture
def provider(settings):
    return provider_of(settings, "institution")


@pytest_asyncio.fixture
async def openid(settings):
    async def nobody(host):
        # A provider is no peer: the policy about peers has no say.
        return False

    client = Client(
        gate=AddressGate.of(settings), own_host="a.localhost:8001", may_talk_to=nobody
    )
    yield OpenId(client, settings)
    await client.close()


@pytest.fixture
def sign_on(openid, provider, fake):
    async def go():
        code = fake.take(await openid.way_there(provider, state="s" * 43, **ROUND))
        return await openid.identify(provider, code=code, **ROUND)

    return go


async def test_the_way_there_binds_the_answer_to_this_sign_on(openid, provider, fake):
    way = await openid.way_there(provider, state="s" * 43, **ROUND)
    fake.take(way)

    assert way.startswith(f"{fake.issuer}/authorize?tenant=1&")
    assert fake.asked["state"] == "s" * 43
    assert fake.asked["nonce"] == "n" * 43
    assert fake.asked["code_challenge_method"] == "S256"
    assert fake.asked["redirect_uri"] == BACK
    assert "v" * 43 not in way


async def test_who_signs_on_is_known_by_issuer_and_subject_with_what_userinfo_says(sign_on, fake):
    fake.info = {"preferred_username": "899900000193", "given_name": "Théo"}

    identity = await sign_on()

    assert (identity.issuer, identity.subject) == (fake.issuer, "a-1")
    assert identity.name == "899900000193"
    assert identity.claims["given_name"] == "Théo"


async def test_the_client_s_secret_goes_to_the_token_endpoint_encoded_as_in_a_form(sign_on, fake):
    await sign_on()

    asked = next(one for one in fake.journal if one.path == "/token")
    scheme, _, pair = dict(asked.headers)["authorization"].partition(" ")
    assert scheme == "Basic"
    expected = b"consilium%20at%20lyon:a%20secret%3A%20100%20%25%20kept%2C%20and%20long%20enough"
    assert base64.b64decode(pair) == expected


async def test_a_provider_that_wants_the_secret_in_the_form_gets_it_there(sign_on, fake):
    fake.discovery = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}

    await sign_on()

    asked = next(one for one in fake.journal if one.path == "/token")
    assert b"client_secret=a+secret" in asked.body
    assert "authorization" not in dict(asked.headers)


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "of another"},
        {"nonce": None},
        {"iss": "https://elsewhere.example"},
        {"aud": "another program"},
        {"aud": [CLIENT_ID, "another program"], "azp": "another program"},
        {"aud": [CLIENT_ID, "another program"]},
        {"azp": "another program"},
        {"exp": int(time.time()) - 3600},
        {"exp": None},
        {"sub": None},
        {"iat": int(time.time()) + 3600},
    ],
    ids=[
        "nonce", "no-nonce", "issuer", "audience", "azp", "no-azp", "azp-alone", "over", "endless",
        "nobody", "future",
    ],  # fmt: skip
)
async def test_an_id_token_about_something_else_is_not_believed(sign_on, fake, claims):
    fake.token = claims
    with pytest.raises(Untrusted):
        await sign_on()


async def test_a_token_signed_by_another_key_is_not_believed(sign_on, fake):
    fake.signs_with = (rsa.generate_private_key(public_exponent=65537, key_size=2048), "RS256")
    with pytest.raises(Untrusted):
        await sign_on()


async def test_an_unsigned_token_is_not_believed(sign_on, fake):
    fake.signs_with = (None, "none")
    with pytest.raises(Untrusted):
        await sign_on()


async def test_a_token_signed_with_the_client_s_secret_is_not_believed(sign_on, fake):
    fake.signs_with = (CLIENT_SECRET, "HS256")
    with pytest.raises(Untrusted):
        await sign_on()


async def test_a_token_signed_with_a_secret_that_is_published_is_not_believed(sign_on, fake):
    secret = b"everybody can read this, whoever asks for the keys"
    shared = base64.urlsafe_b64encode(secret).decode().rstrip("=")
    fake.published = [{"kty": "oct", "kid": "one", "k": shared, "alg": "HS256"}]
    fake.signs_with = (secret, "HS256")
    fake.says_algorithm = "RS256"
    with pytest.raises(Untrusted, match="key is not published"):
        await sign_on()


async def test_a_key_that_is_not_published_is_not_believed(sign_on, fake):
    fake.key_id = "two"
    with pytest.raises(Untrusted):
        await sign_on()


async def test_a_new_key_is_found_without_waiting_for_the_hour(sign_on, fake):
    await sign_on()
    fresh = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    fake.signs_with, fake.key_id = (fresh, "RS256"), "two"
    fake.published = [fake.jwk(), fake.jwk(fresh, "two")]

    assert (await sign_on()).subject == "a-1"


async def test_a_provider_with_one_key_need_not_name_it(sign_on, fake):
    fake.key_id = None
    assert (await sign_on()).subject == "a-1"


async def test_userinfo_about_somebody_else_is_not_believed(sign_on, fake):
    fake.info = {"sub": "b-2"}
    with pytest.raises(Untrusted):
        await sign_on()


async def test_a_document_about_another_issuer_is_not_believed(sign_on, fake):
    fake.discovery = {"issuer": "https://elsewhere.example"}
    with pytest.raises(Untrusted):
        await sign_on()


async def test_a_code_that_the_provider_does_not_take_is_a_refusal(openid, provider, fake):
    fake.take(await openid.way_there(provider, state="s" * 43, **ROUND))
    with pytest.raises(SignOnRefused):
        await openid.identify(provider, code="another", **ROUND)


async def test_outside_development_a_provider_without_encryption_is_refused(
    openid, provider, settings, fake
):
    strict = OpenId(openid._client, settings.model_copy(update={"development": False}))
    with pytest.raises((Untrusted, FetchFailed)):
        await strict.way_there(provider, state="s" * 43, **ROUND)


async def test_a_provider_that_is_down_can_be_tried_again(openid, provider, fake):
    fake.refuse()
    with pytest.raises(FetchUnavailable):
        await openid.way_there(provider, state="s" * 43, **ROUND)


def test_without_settings_there_is_no_provider(settings):
    assert providers(settings.model_copy(update={"oidc_client_id": ""})) == ()


def test_pro_sante_connect_is_asked_as_it_demands(settings):
    changes = {"psc_client_id": "lyon", "psc_client_secret": SecretStr("s")}
    found = provider_of(settings.model_copy(update=changes), "pro-sante-connect")
    assert found.acr_values == "eidas1"
    assert found.scopes == "openid scope_all"
    assert found.discovery.endswith("/.well-known/wallet-openid-configuration")
