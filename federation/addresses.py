"""Which addresses may be dialled: global unicast ones, and in development ours."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass

from core.errors import HostRefused
from core.settings import Network, Settings

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

# Written out, since `is_global` of Python 3.11 has holes (RFC 6890 and its heirs).
_REFUSED_4 = tuple(
    ipaddress.IPv4Network(network)
    for network in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
        "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24",
        "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24",
        "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
    )
)  # fmt: skip
_GLOBAL_6 = ipaddress.IPv6Network("2000::/3")
_REFUSED_6 = tuple(
    ipaddress.IPv6Network(network)
    for network in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "2620:4f:8000::/48")
)
_NUMERIC = re.compile(r"(0x[0-9a-f]*|[0-9]+)(\.(0x[0-9a-f]*|[0-9]+))*")


@dataclass(frozen=True, slots=True)
class AddressGate:
    """The rule of one instance: `networks` are private ones that may be dialled all the same."""

    development: bool = False
    networks: tuple[Network, ...] = ()

    @classmethod
    def of(cls, settings: Settings) -> AddressGate:
        """Return the gate of an instance; loopback is open in development."""
        loopback = (ipaddress.ip_network("127.0.0.0/8"),) if settings.development else ()
        return cls(settings.development, (*settings.networks, *loopback))

    def allows(self, address: str) -> bool:
        """Tell whether an IP address may be dialled."""
        ip = ipaddress.ip_address(address.partition("%")[0])
        if any(ip in network for network in self.networks if network.version == ip.version):
            return True
        if isinstance(ip, ipaddress.IPv4Address):
            return not any(ip in network for network in _REFUSED_4)
        # Mapped, compatible, NAT64, 6to4 and Teredo addresses all lie outside what is left.
        return ip in _GLOBAL_6 and not any(ip in network for network in _REFUSED_6)

    def check_host(self, host: str, port: int, scheme: str) -> None:
        """Refuse a host by its name alone, before any look-up; raises HostRefused.

        Outside development: https on port 443 only, no IP literals, no numeric spellings.
        """
        name = host.lower().rstrip(".")
        if self.development:
            return
        if scheme != "https" or port != 443:
            raise HostRefused(f"{host}:{port}: only https on port 443 is dialled")
        is_literal = ":" in name or _NUMERIC.fullmatch(name)
        if is_literal or name == "localhost" or name.endswith(".localhost") or "." not in name:
            raise HostRefused(f"{host}: not a public host name")

    def addresses(self, host: str, resolved: Sequence[str]) -> list[str]:
        """Return the addresses that may be dialled; raises HostRefused when there are none."""
        allowed = [address for address in resolved if self.allows(address)]
        if not allowed:
            raise HostRefused(f"{host}: none of its addresses may be dialled")
        return allowed
