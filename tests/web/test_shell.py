"""What makes a program of the pages: the manifest, the service worker, the page without network."""

from __future__ import annotations

import json
import re


async def test_the_manifest_says_how_this_place_is_kept(stranger):
    answer = await stranger.get("/manifest.webmanifest", Accept_Language="fr")
    manifest = json.loads(answer.html)

    assert answer.headers["Content-Type"] == "application/manifest+json"
    assert manifest["name"] == "Consilium · a.localhost:8001"
    assert (manifest["lang"], manifest["start_url"], manifest["scope"]) == ("fr", "/", "/")
    for icon in manifest["icons"]:
        assert (await stranger.get(icon["src"])).headers["Content-Type"] == "image/png"
    assert {icon["purpose"] for icon in manifest["icons"]} == {"any", "maskable"}


async def test_the_worker_may_ask_nobody_but_us(stranger):
    answer = await stranger.get("/worker.js")

    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith("text/javascript")
    policy = answer.headers["Content-Security-Policy"]
    assert policy == "default-src 'none'; connect-src 'self'; script-src 'self'"
    assert answer.headers["Cache-Control"] == "no-cache"


async def test_the_page_without_network_is_the_same_for_everybody(stranger, doctor):
    theirs, mine = await stranger.get("/offline"), await doctor.get("/offline")

    assert theirs.status == 200
    assert "Dr Alice" not in mine.html
    assert mine.html == theirs.html


async def test_a_page_names_the_worker_by_what_it_keeps(stranger):
    html = (await stranger.get("/about")).html

    assert re.search(r'href="/manifest\.webmanifest" [^>]*data-version="[0-9a-f]{12}"', html)
