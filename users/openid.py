"""Signing on at an OpenID provider: discovery, the way there, and what comes back (OIDC Core 1.0).

The code flow with PKCE (RFC 7636), the client's secret at the token endpoint. What an ID token says
counts once its signature, issuer, audience, times and nonce are right; userinfo only about the same
subject.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from core.clock import now
from core.errors import FetchFailed, Forbidden, NotFound, Untrusted
from core.logging import get_logger
from core.settings import Settings
from federation.client import Client
from federation.documents.lenient import JsonObject
from users.secret import same

# What a provider says of itself, and its keys, are asked for again after this.
KEPT_FOR = timedelta(hours=1)
LEEWAY_S = 60
# Nothing that a client's own secret could sign, and nothing unsigned.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA")
log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Provider:
    """A provider that the settings name. `key` is its part of our addresses, `name` on buttons."""

    key: str
    name: str
    issuer: str
    client_id: str
    client_secret: str
    scopes: str
    discovery: str
    acr_values: str = ""


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where a provider is asked for what, as its discovery document says."""

    authorization: str
    token: str
    keys: str
    userinfo: str | None
    is_basic: bool


@dataclass(frozen=True, slots=True)
class Identity:
    """Who signed on: `claims` are those of the ID token and of userinfo, the latter first."""

    issuer: str
    subject: str
    name: str
    claims: Mapping[str, Any]


class SignOnRefused(Forbidden):
    """The provider, or the person there, said no. Door: 403."""


def providers(settings: Settings) -> tuple[Provider, ...]:
    """Return the providers that people may sign on at: the institution's, Pro Santé Connect."""
    found = []
    if settings.oidc_issuer and settings.oidc_client_id:
        found.append(
            Provider(
                key="institution",
                name=settings.oidc_name or urlsplit(settings.oidc_issuer).hostname or "",
                issuer=settings.oidc_issuer,
                client_id=settings.oidc_client_id,
                client_secret=settings.oidc_client_secret.get_secret_value(),
                scopes=settings.oidc_scopes,
                discovery=f"{settings.oidc_issuer}/.well-known/openid-configuration",
            )
        )
    if settings.psc_client_id:
        found.append(
            Provider(
                key="pro-sante-connect",
                name="Pro Santé Connect",
                issuer=settings.psc_issuer,
                client_id=settings.psc_client_id,
                client_secret=settings.psc_client_secret.get_secret_value(),
                scopes="openid scope_all",
                # Its own document names the host where cards and telephones are asked.
                discovery=f"{settings.psc_issuer}/.well-known/wallet-openid-configuration",
                acr_values="eidas1",
            )
        )
    return tuple(found)


def provider_of(settings: Settings, key: str) -> Provider | None:
    """Return a provider by its part of our addresses."""
    return next((one for one in providers(settings) if one.key == key), None)


def challenge_of(verifier: str) -> str:
    """Return what is told of a PKCE verifier beforehand (S256)."""
    raw = hashlib.sha256(verifier.encode()).digest()
    return urlsafe_b64encode(raw).decode().rstrip("=")


class OpenId:
    """The providers as one process knows them: their endpoints and keys are kept for an hour."""

    def __init__(self, client: Client, settings: Settings) -> None:
        self._client = client
        self._settings = settings
        self._endpoints: dict[str, tuple[datetime, Endpoints]] = {}
        self._keys: dict[str, tuple[datetime, list[Any]]] = {}

    async def way_there(
        self, provider: Provider, *, state: str, nonce: str, verifier: str, redirect_uri: str
    ) -> str:
        """Return the address that somebody is sent to.

        Raises FetchUnavailable or FetchFailed when the provider cannot be asked where that is, and
        Untrusted when it says of itself that it is another.
        """
        endpoints = await self._ask_endpoints(provider)
        query = {
            "response_type": "code",
            "client_id": provider.client_id,
            "redirect_uri": redirect_uri,
            "scope": provider.scopes,
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge_of(verifier),
            "code_challenge_method": "S256",
            **({"acr_values": provider.acr_values} if provider.acr_values else {}),
        }
        divider = "&" if "?" in endpoints.authorization else "?"
        return f"{endpoints.authorization}{divider}{urlencode(query)}"

    async def identify(
        self, provider: Provider, *, code: str, nonce: str, verifier: str, redirect_uri: str
    ) -> Identity:
        """Return who signed on, for the code that came back.

        Raises SignOnRefused for a code that the provider does not take, Untrusted for an answer
        that is not the provider's about this sign-on, and as `way_there`.
        """
        endpoints = await self._ask_endpoints(provider)
        answer = await self._exchange(
            provider, endpoints, code=code, verifier=verifier, redirect_uri=redirect_uri
        )
        token = await self._verify(provider, endpoints, answer.get("id_token"), nonce)
        claims: dict[str, Any] = dict(token)
        access_token = answer.get("access_token")
        if endpoints.userinfo and isinstance(access_token, str):
            info = await self._client.ask_service(
                endpoints.userinfo, headers={"authorization": f"Bearer {access_token}"}
            )
            if info.get("sub") != token["sub"]:
                raise Untrusted(f"{provider.issuer}: userinfo is about somebody else")
            claims |= info
        return Identity(provider.issuer, str(token["sub"]), _name_in(claims), claims)

    async def _exchange(
        self,
        provider: Provider,
        endpoints: Endpoints,
        *,
        code: str,
        verifier: str,
        redirect_uri: str,
    ) -> JsonObject:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
        }
        headers = {}
        if endpoints.is_basic:
            # RFC 6749 §2.3.1: each half is encoded as in a form before they are joined.
            pair = f"{quote(provider.client_id, safe='')}:{quote(provider.client_secret, safe='')}"
            headers["authorization"] = f"Basic {b64encode(pair.encode()).decode()}"
        else:
            form |= {"client_id": provider.client_id, "client_secret": provider.client_secret}
        try:
            return await self._client.tell_service(endpoints.token, form, headers=headers)
        except (FetchFailed, NotFound) as error:
            raise SignOnRefused(f"{provider.issuer} did not take the code: {error}") from error

    async def _verify(
        self, provider: Provider, endpoints: Endpoints, token: Any, nonce: str
    ) -> Mapping[str, Any]:
        # Two hundred milliseconds that only a sign-on pays.
        import jwt

        if not isinstance(token, str):
            raise Untrusted(f"{provider.issuer}: there is no ID token")
        try:
            key = await self._key_of(provider, endpoints, jwt.get_unverified_header(token))
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=list(ALGORITHMS),
                audience=provider.client_id,
                issuer=provider.issuer,
                leeway=LEEWAY_S,
                options={"require": ["exp", "iat", "sub", "aud", "iss"]},
            )
        except jwt.PyJWTError as error:
            raise Untrusted(f"{provider.issuer}: the ID token does not hold: {error}") from error
        if not same(str(claims.get("nonce", "")), nonce):
            raise Untrusted(f"{provider.issuer}: the ID token is of another sign-on")
        audience = claims["aud"]
        is_for_several = isinstance(audience, list) and len(audience) > 1
        if claims.get("azp", None if is_for_several else provider.client_id) != provider.client_id:
            raise Untrusted(f"{provider.issuer}: the ID token was made for another program")
        return claims

    async def _key_of(
        self, provider: Provider, endpoints: Endpoints, header: Mapping[str, Any]
    ) -> Any:
        """Return the key that a token names; keys that are not known are asked for once more."""
        for is_fresh in (False, True):
            keys = await self._ask_keys(provider, endpoints, is_fresh=is_fresh)
            named = [key for key in keys if key.key_id == header.get("kid")]
            found = named or (keys if header.get("kid") is None and len(keys) == 1 else [])
            if found:
                return found[0]
        raise Untrusted(f"{provider.issuer}: the ID token's key is not published")

    async def _ask_keys(
        self, provider: Provider, endpoints: Endpoints, *, is_fresh: bool
    ) -> list[Any]:
        import jwt

        asked_at, known = self._keys.get(provider.issuer, (None, []))
        if asked_at is not None and not is_fresh and now() - asked_at < KEPT_FOR:
            return known
        answer = await self._client.ask_service(endpoints.keys, headers={})
        keys = []
        for row in answer.get("keys", []):
            try:
                key = jwt.PyJWK(row)
            except (jwt.PyJWTError, TypeError, ValueError, AttributeError):
                # Keys for encryption, and kinds that we do not know.
                continue
            # A secret that everybody can read (`oct`) would sign for everybody.
            if key.algorithm_name in ALGORITHMS:
                keys.append(key)
        self._keys[provider.issuer] = (now(), keys)
        return keys

    async def _ask_endpoints(self, provider: Provider) -> Endpoints:
        known = self._endpoints.get(provider.issuer)
        if known is not None and now() - known[0] < KEPT_FOR:
            return known[1]
        document = await self._client.ask_service(provider.discovery, headers={})
        if str(document.get("issuer", "")).rstrip("/") != provider.issuer:
            raise Untrusted(f"{provider.discovery} is about another issuer")
        methods = document.get("token_endpoint_auth_methods_supported")
        userinfo = document.get("userinfo_endpoint")
        endpoints = Endpoints(
            authorization=self._address(document, "authorization_endpoint"),
            token=self._address(document, "token_endpoint"),
            keys=self._address(document, "jwks_uri"),
            userinfo=self._address(document, "userinfo_endpoint") if userinfo else None,
            # It is the default where nothing is said (OIDC Discovery §3).
            is_basic=not isinstance(methods, list) or "client_secret_basic" in methods,
        )
        self._endpoints[provider.issuer] = (now(), endpoints)
        return endpoints

    def _address(self, document: JsonObject, name: str) -> str:
        address = document.get(name)
        schemes = ("https", "http") if self._settings.development else ("https",)
        if not isinstance(address, str) or urlsplit(address).scheme not in schemes:
            raise Untrusted(f"the provider's {name} is no address: {address!r}")
        return address


def _name_in(claims: Mapping[str, Any]) -> str:
    """Return by what somebody knows which of their identities this is."""
    for name in ("preferred_username", "email", "name", "sub"):
        if isinstance(found := claims.get(name), str) and found:
            return found[:200]
    return ""
