"""Pages by gzip, and the token that is never the same twice beside other words."""

from __future__ import annotations

import gzip

from web.masks import masked, unmasked


async def test_a_page_is_packed_for_browsers_that_take_it_so(stranger):
    plain = await stranger.get("/about", Accept_Encoding="identity")
    packed = await stranger.get("/about", Accept_Encoding="gzip, br")

    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert int(packed.headers["Content-Length"]) < len(plain.html) / 2
    assert "Content-Encoding" not in plain.headers


async def test_a_file_is_packed_once_and_named_by_its_bytes(app):
    client = app.test_client()
    sent = {"Host": "a.localhost:8001", "Accept-Encoding": "gzip"}
    plain = await client.get("/static/style.css", headers={"Host": sent["Host"]})

    packed = await client.get("/static/style.css", headers=sent)

    assert gzip.decompress(await packed.get_data(as_text=False)) == await plain.get_data(
        as_text=False
    )
    assert packed.headers["ETag"] != plain.headers["ETag"]


async def test_a_forms_token_is_written_anew_in_each_page(doctor):
    tokens = {(await doctor.get("/me")).forms["#act"]["csrf_token"] for _ in range(3)}

    assert len(tokens) == 3
    assert len({unmasked(token) for token in tokens}) == 1


def test_what_is_no_masked_token_is_none():
    assert unmasked(masked("é" * 40)) == "é" * 40
    assert {unmasked(text) for text in ("", "x", "é", "AAA", "////", "ab" * 31)} <= {"", "\0"}
