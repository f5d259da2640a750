"""masto.js, megalodon and minimal-activitypub, unmodified: register, sign in, a doctor's day."""

from __future__ import annotations

from pathlib import Path

import pytest

from peers.environment import environment, node, node_environment
from peers.steps import Program, picture
from rings import CARDIOLOGIST, GENERALIST

pytestmark = [pytest.mark.peers, pytest.mark.slow]
HERE = Path(__file__).parent


def in_node(name, url):
    folder = node_environment(name)
    # Where the packages are: a program beside them is found by Node, one elsewhere is not.
    program = folder / "call.mjs"
    program.write_text((HERE / name / "call.mjs").read_text())
    return Program(node(), str(program), url=url)


def in_python(name, url):
    return Program(
        str(environment(name) / "python"), str(HERE / name / "call.py"), url=url
    )


def day_of_two(program, token, tmp_path):
    """Let two doctors sign in with a program, and one of them do everything."""
    mine, other = (
        program.registered(person.username, "signIn")[token]
        for person in (CARDIOLOGIST, GENERALIST)
    )
    return program("story", mine=mine, other=other, picture=str(picture(tmp_path)))


def test_masto_js_does_a_day_s_work(hospital, tmp_path):
    seen = day_of_two(in_node("masto_js", hospital.url), "accessToken", tmp_path)

    assert seen["posted"]["mediaAttachments"][0]["type"] == "image"
    assert seen["posted"]["mediaAttachments"][0]["description"] == "Tracé"
    assert seen["vote"]["ownVotes"] == [1]
    told = [name for name, _ in seen["heard"]]
    assert {"update", "notification"} <= set(told)
    assert ["update", seen["posted"]["id"]] in seen["heard"]
    assert seen["filter"]["keywords"][0]["keyword"] == "football"
    assert [result["filter"]["title"] for result in seen["filtered"]] == ["Sport"]
    assert "mention" in seen["notices"] and seen["groups"] >= 1 and seen["conversations"] == 1
    assert seen["pages"] == [[seen["asked"]], [seen["posted"]["id"]]]
    assert seen["found"] == [seen["posted"]["id"]]
    assert seen["list"] == "Service"
    assert [person["username"] for person in seen["members"]] == [GENERALIST.username]
    assert seen["matched"] in seen["listed"]


def test_megalodon_does_a_day_s_work(hospital, tmp_path):
    seen = day_of_two(in_node("megalodon", hospital.url), "access_token", tmp_path)

    assert seen["posted"]["media_attachments"][0]["type"] == "image"
    assert seen["vote"]["own_votes"] == [1] or seen["vote"]["voted"] is True
    assert ["update", seen["posted"]["id"]] in seen["heard"]
    assert ["notification", "mention"] in seen["heard"]
    assert seen["filter"]["phrase"] == "football"
    assert "mention" in seen["notices"] and seen["conversations"] >= 1
    assert seen["posted"]["id"] in seen["found"]
    assert seen["list"] == "Service"
    assert [person["username"] for person in seen["members"]] == [GENERALIST.username]
    assert seen["matched"] in seen["listed"]


def test_minimal_activitypub_posts_reads_and_finds(hospital, tmp_path):
    program = in_python("minimal_activitypub", hospital.url)
    bearer = program.registered(CARDIOLOGIST.username, "sign_in")

    seen = program("story", mine=bearer, picture=str(picture(tmp_path)))

    first, second = seen["posts"]
    assert first["media_attachments"][0]["id"] == seen["media"]["id"]
    assert seen["media"]["meta"]["focus"] == {"x": 0.5, "y": -0.5}
    whole, older, newer = seen["pages"]
    assert whole[:2] == [second["id"], first["id"]]
    assert older == whole[1:] and newer == [second["id"]]
    assert seen["home"][:2] == [second["id"], first["id"]]
    assert first["id"] in seen["tagged"]
    assert first["id"] in [status["id"] for status in seen["found"]]
    assert seen["boosted"] == first["id"] and seen["undone"] == [False, False]
    assert seen["deleted"]["id"] == second["id"]
    assert seen["limits"][0] == 5000 and "image/png" in seen["limits"][2]
