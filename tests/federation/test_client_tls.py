"""Whose certificate is believed; catalogue case D21. A throw-away authority, real handshakes."""

from __future__ import annotations

import json
import ssl
from datetime import UTC, datetime, timedelta

import aiohttp.connector
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from core.errors import FetchUnavailable
from fakes.ports import raw_server

HOST = "b.localhost"
_DAY = timedelta(days=1)


def _name(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


class Authority:
    """Issues certificates for hosts; `pem` is its own."""

    def __init__(self):
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = _name("Tests only")
        self.pem = self._sign(self.name, self.key, is_ca=True).public_bytes(
            serialization.Encoding.PEM
        )

    def _sign(self, subject, key, *, host=None, is_ca=False, until=_DAY):
        until = datetime.now(UTC) + until
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(until - 10 * _DAY)
            .not_valid_after(until)
            .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
        )
        if host is not None:
            names = x509.SubjectAlternativeName([x509.DNSName(host)])
            builder = builder.add_extension(names, critical=False)
        return builder.sign(self.key, hashes.SHA256())

    def context(self, folder, host, **options):
        """Return what a server of `host` shows."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = self._sign(_name(host), key, host=host, **options)
        path = folder / "server.pem"
        path.write_bytes(
            certificate.public_bytes(serialization.Encoding.PEM)
            + key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context


@pytest.fixture
def authority(monkeypatch):
    """An authority that this machine trusts, for one test."""
    made = Authority()
    # As aiohttp makes the one that verifies, which is the one that a client uses unasked.
    trusting = aiohttp.connector._make_ssl_context(True)
    trusting.load_verify_locations(cadata=made.pem.decode())
    monkeypatch.setattr(aiohttp.connector, "_SSL_CONTEXT_VERIFIED", trusting)
    return made


async def _fetch(make, tls):
    """Fetch from a server that shows this; return the document and how many requests came."""
    asked = []

    async def answer(_reader, writer):
        port = writer.get_extra_info("sockname")[1]
        body = json.dumps({"id": f"https://{HOST}:{port}/x", "type": "Note"}).encode()
        asked.append(port)
        head = "HTTP/1.1 200 OK\r\ncontent-type: application/activity+json\r\n"
        writer.write(f"{head}content-length: {len(body)}\r\n\r\n".encode() + body)

    async with raw_server(answer, tls=tls) as port:
        try:
            return await make().fetch_document(f"https://{HOST}:{port}/x"), len(asked)
        except FetchUnavailable:
            return None, len(asked)


async def test_d21_a_certificate_of_a_trusted_authority_is_believed(make, authority, tmp_path):
    document, asked = await _fetch(make, authority.context(tmp_path, HOST))

    assert document is not None and document.type == "Note"
    assert asked == 1


async def test_d21_one_that_expired_is_not(make, authority, tmp_path):
    tls = authority.context(tmp_path, HOST, until=-_DAY)

    assert await _fetch(make, tls) == (None, 0)


async def test_d21_one_for_another_name_is_not(make, authority, tmp_path):
    for name in ("c.localhost", "localhost", "x.b.localhost"):
        assert await _fetch(make, authority.context(tmp_path, name)) == (None, 0)


async def test_d21_one_that_signs_for_itself_is_not(make, authority, tmp_path):
    assert await _fetch(make, Authority().context(tmp_path, HOST)) == (None, 0)


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
async def test_d21_an_old_protocol_is_not_spoken(make, authority, tmp_path, version):
    tls = authority.context(tmp_path, HOST)
    tls.set_ciphers("ALL:@SECLEVEL=0")
    tls.minimum_version = tls.maximum_version = version

    assert await _fetch(make, tls) == (None, 0)
