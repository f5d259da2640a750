"""Hosts and origins in one normal form: the ground of every question of authority (FEP-fe34)."""

from __future__ import annotations

import ipaddress
from functools import lru_cache
from urllib.parse import SplitResult, quote, unquote, urlsplit

import idna

from core.errors import InvalidDocument

MAX_URI_LENGTH = 2048
_DEFAULT_PORTS = {"http": 80, "https": 443}
_FORBIDDEN = frozenset(chr(code) for code in range(0x21)) | {"\\", "\x7f", "\u3002", "\uff0e"}
# What often stands between a country and a name that somebody can register; the whole list of such
# suffixes is long and changes, and this is only asked in order to count.
_SECOND_LEVEL = frozenset(
    {"ac", "co", "com", "edu", "go", "gouv", "gov", "ne", "net", "nhs", "or", "org"}
)
_UNRESERVED_PATH = "/-._~!$&'()*+,;=:@%"
_UNRESERVED_QUERY = _UNRESERVED_PATH + "?"


def normal_host(host: str) -> str:
    """Return a host name (no port) in lower case, as IDNA A-labels, without a final dot.

    Raises InvalidDocument for what can be no host name.
    """
    bare = host.lower().rstrip(".")
    if not bare:
        raise InvalidDocument("a host name is empty")
    if bare.isascii():
        if not all(c.isalnum() or c in "-._:[]" for c in bare):
            raise InvalidDocument(f"no host name: {host[:100]!r}")
        return bare
    try:
        return idna.encode(bare, uts46=True).decode()
    except idna.IDNAError as error:
        raise InvalidDocument(f"no host name: {host[:100]!r}") from error


def _split(uri: str) -> SplitResult:
    if not isinstance(uri, str) or len(uri.encode(errors="replace")) > MAX_URI_LENGTH:
        raise InvalidDocument("a URI is missing or longer than 2048 characters")
    if _FORBIDDEN & set(uri):
        raise InvalidDocument(f"a URI holds characters that no URI has: {uri[:100]!r}")
    try:
        parts = urlsplit(uri)
        parts.port  # noqa: B018  (raises ValueError for a port out of range)
    except ValueError as error:
        raise InvalidDocument(f"no URI: {uri[:100]!r}") from error
    if parts.scheme.lower() not in _DEFAULT_PORTS or not parts.hostname or "@" in parts.netloc:
        raise InvalidDocument(f"no http(s) URI: {uri[:100]!r}")
    return parts


@lru_cache(maxsize=8192)
def origin_of(uri: str) -> tuple[str, str]:
    """Return (scheme, host[:port]) of a URI, the default port dropped.

    Raises InvalidDocument for other schemes, userinfo, control characters or backslashes.
    """
    parts = _split(uri)
    scheme = parts.scheme.lower()
    hostname = normal_host(parts.hostname or "")
    if ":" in hostname:
        hostname = f"[{ipaddress.ip_address(hostname).compressed}]" if _is_ip6(hostname) else ""
        if not hostname:
            raise InvalidDocument(f"no host name: {uri[:100]!r}")
    port = parts.port
    if port is None or port == _DEFAULT_PORTS[scheme]:
        return scheme, hostname
    return scheme, f"{hostname}:{port}"


def _is_ip6(text: str) -> bool:
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return True


def host_of(uri: str) -> str:
    """Return `host[:port]` of a URI in normal form; raises InvalidDocument as `origin_of` does."""
    return origin_of(uri)[1]


def registrable_domain(host: str) -> str:
    """Return the name that somebody registered, below which hosts cost nothing (D30): a guess.

    `a.b.evil.example:8443` gives `evil.example`; an IP literal gives itself.
    """
    name = host if host.endswith("]") else host.rpartition(":")[0] or host
    labels = name.split(".")
    if name.startswith("[") or labels[-1].isdigit():
        return name
    is_split = len(labels[-1]) == 2 and labels[-2:-1] and labels[-2] in _SECOND_LEVEL
    return ".".join(labels[-3 if is_split else -2 :])


def same_origin(first: str, second: str) -> bool:
    """Tell whether two URIs share scheme, host and port; what is no URI shares nothing."""
    try:
        return origin_of(first) == origin_of(second)
    except InvalidDocument:
        return False


@lru_cache(maxsize=8192)
def normal_uri(uri: str) -> str:
    """Return the one spelling of a URI by which ids are compared and stored.

    Folds the host's case, the default port, a final dot, IDNA and needless percent-encoding; keeps
    path case, query and fragment. Raises InvalidDocument as `origin_of` does.
    """
    parts = _split(uri)
    scheme, host = origin_of(uri)
    path = quote(unquote(parts.path), safe=_UNRESERVED_PATH.replace("%", ""))
    if "%2" in parts.path.lower():
        # %2F in a path is data, not a slash: leave such a path as it was written.
        path = quote(parts.path, safe=_UNRESERVED_PATH)
    query = f"?{quote(parts.query, safe=_UNRESERVED_QUERY)}" if parts.query else ""
    fragment = f"#{quote(parts.fragment, safe=_UNRESERVED_QUERY)}" if parts.fragment else ""
    normal = f"{scheme}://{host}{path}{query}{fragment}"
    if len(normal) > MAX_URI_LENGTH:
        # What is not ASCII grows by its encoding, and PostgreSQL indexes nothing much longer.
        raise InvalidDocument("a URI is longer than 2048 characters")
    return normal
