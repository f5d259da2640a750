"""Which addresses may be dialled: D07–D09, D11, D13."""

from __future__ import annotations

import ipaddress

import pytest

from core.errors import HostRefused
from federation.addresses import AddressGate

GATE = AddressGate()
PRIVATE = [
    "127.0.0.1", "127.255.255.254", "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255",
    "100.64.0.1", "100.127.255.255", "169.254.169.254", "172.16.0.1", "172.31.255.255",
    "192.0.0.1", "192.0.2.1", "192.168.1.1", "192.88.99.1", "198.18.0.1", "198.19.255.255",
    "198.51.100.7", "203.0.113.7", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
    "::", "::1", "fc00::1", "fdff::1", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1",
    "2001:db8::1", "100::1",
]  # fmt: skip
DISGUISED = [
    "::ffff:127.0.0.1", "::ffff:7f00:1", "::ffff:8.8.8.8", "::127.0.0.1", "64:ff9b::7f00:1",
    "64:ff9b::808:808", "64:ff9b:1::1", "2002:7f00:1::", "2001::1", "2001:0:7f00:1::",
    "2001:20::1", "3fff::1", "5f00::1",
]  # fmt: skip
PUBLIC = ["8.8.8.8", "1.1.1.1", "2a00:1450:4007::200e", "2606:4700::1111", "2001:4860::8888"]


@pytest.mark.parametrize("address", PRIVATE)
def test_d07_private_addresses_are_refused(address):
    assert not GATE.allows(address)


@pytest.mark.parametrize("address", DISGUISED)
def test_d08_disguised_addresses_are_refused(address):
    assert not GATE.allows(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_may_be_dialled(address):
    assert GATE.allows(address)


def test_networks_that_an_operator_allows():
    gate = AddressGate(networks=(ipaddress.ip_network("10.1.0.0/16"),))

    assert gate.allows("10.1.2.3")
    assert not gate.allows("10.2.2.3")
    assert not gate.allows("::ffff:10.1.2.3")


def test_development_opens_loopback_and_nothing_more(settings):
    gate = AddressGate.of(settings)

    assert gate.allows("127.0.0.1")
    assert not gate.allows("192.168.1.1")
    assert not AddressGate.of(
        settings.model_copy(update={"development": False, "allowed_networks": ()})
    ).allows("127.0.0.1")


@pytest.mark.parametrize(
    "host",
    ["2130706433", "0x7f.1", "0177.0.0.1", "127.1", "127.0.0.1", "127.0.0.1.", "localhost",
     "localhost.", "LOCALHOST", "a.localhost", "::1", "router", "0x7f000001", "8.8.8.8"],
)  # fmt: skip
def test_d09_names_that_are_no_public_names(host):
    with pytest.raises(HostRefused):
        GATE.check_host(host, 443, "https")


@pytest.mark.parametrize(
    ("port", "scheme"),
    [(22, "https"), (25, "https"), (6379, "https"), (5432, "https"), (80, "http")],
)
def test_d13_only_https_on_its_port(port, scheme):
    with pytest.raises(HostRefused):
        GATE.check_host("b.example", port, scheme)
    GATE.check_host("b.example", 443, "https")


def test_d11_of_several_addresses_only_the_public_ones_are_dialled():
    assert GATE.addresses("b.example", ["10.0.0.1", "8.8.8.8"]) == ["8.8.8.8"]
    with pytest.raises(HostRefused):
        GATE.addresses("b.example", ["10.0.0.1", "::1"])
