"""From where somebody calls: the address behind trusted proxies, and what of it counts as one."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

_IPV6_HOUSEHOLD = 64


def caller_address(remote: str | None, forwarded_for: str | None, trusted: Sequence[str]) -> str:
    """Return the nearest address that is not a trusted proxy's (H19).

    `forwarded_for` is believed only as far as each step was written by a trusted proxy.
    """
    networks = [ipaddress.ip_network(part, strict=False) for part in trusted]
    steps = [part.strip() for part in (forwarded_for or "").split(",") if part.strip()]
    address = remote or ""
    while steps and _is_in(address, networks):
        address = steps.pop()
    return address


def address_key(address: str) -> str:
    """Return what is counted as one caller: an IPv4 address, or an IPv6 /64."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, _IPV6_HOUSEHOLD), strict=False))


def address_area(address: str) -> str:
    """Return from where somebody came as their own list of browsers keeps it, of an `address_key`.

    An IPv4 address without its last number, an IPv6 /48: a house, not a person. Empty for none.
    """
    try:
        network = ipaddress.ip_network(address, strict=False)
    except ValueError:
        return ""
    return str(network.supernet(new_prefix=24 if network.version == 4 else 48))


def _is_in(
    address: str, networks: Sequence[ipaddress.IPv4Network | ipaddress.IPv6Network]
) -> bool:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(parsed.version == network.version and parsed in network for network in networks)
