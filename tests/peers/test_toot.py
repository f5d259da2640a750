"""toot, unmodified: the main job from a terminal, and every command that asks the server."""

from __future__ import annotations

import re

import pytest

from peers.environment import environment
from peers.steps import picture
from peers.terminal import Toot
from rings import CARDIOLOGIST, GENERALIST, NURSE

pytestmark = [pytest.mark.peers, pytest.mark.slow]


@pytest.fixture(scope="module")
def sign_in(hospital, tmp_path_factory):
    program = environment("toot") / "toot"

    def sign(person):
        toot = Toot(program, tmp_path_factory.mktemp(person.username))
        toot.sign_in(hospital.url, person)
        return toot

    return sign


def test_a_question_to_the_doctors_is_asked_answered_and_approved_of(sign_in):
    anne, ben = sign_in(CARDIOLOGIST), sign_in(GENERALIST)
    assert anne("whoami")["username"] == CARDIOLOGIST.username

    ben("follow", CARDIOLOGIST.username)
    anne.run("follow-requests", "accept", GENERALIST.username)
    question = anne("post", "QT long chez une sportive ?", "--visibility", "private")
    assert question["consilium"]["audience"] == "doctors"

    home = ben("timelines", "home", "--no-pager")
    assert [status["id"] for status in home] == [question["id"]]
    answer = ben("post", "Épreuve d'effort d'abord.", "--reply-to", question["id"])
    assert answer["consilium"]["audience"] == "doctors"
    ben("favourite", question["id"])
    ben("reblog", question["id"])

    thread = anne("thread", question["id"])
    assert [status["id"] for status in thread["descendants"]] == [answer["id"]]
    seen = anne("status", question["id"])
    assert (seen["favourites_count"], seen["reblogs_count"], seen["replies_count"]) == (1, 1, 1)
    kinds = {notice["type"] for notice in anne("notifications")}
    assert {"mention", "favourite", "reblog"} <= kinds


def test_a_post_for_doctors_is_not_there_for_others(sign_in):
    anne, carla = sign_in(CARDIOLOGIST), sign_in(NURSE)
    question = anne("post", "Pour les médecins", "--visibility", "private")

    found, printed = carla.run("status", question["id"])

    assert not found
    assert "not found" in printed.lower()


def test_what_is_searched_is_found(sign_in):
    anne = sign_in(CARDIOLOGIST)

    found = anne("search", GENERALIST.username, "--type", "accounts")

    assert [account["username"] for account in found["accounts"]] == [GENERALIST.username]


@pytest.fixture
def file(tmp_path):
    return str(picture(tmp_path))


def test_files_and_polls_are_posted(sign_in, file):
    anne, ben = sign_in(CARDIOLOGIST), sign_in(GENERALIST)

    shown = anne("post", "Tracé", "--media", file, "--description", "ECG", "-v", "public")
    asked = anne("post", "Avis ?", "--poll-option", "Oui", "--poll-option", "Non", "-v", "public")
    voted = ben("polls", "vote", asked["poll"]["id"], "1")
    uploaded = anne("upload", file)

    assert shown["media_attachments"][0]["description"] == "ECG"
    assert [option["votes_count"] for option in voted["options"]] == [0, 1]
    assert anne("polls", "show", asked["poll"]["id"])["votes_count"] == 1
    assert uploaded["type"] == "image"


def test_people_are_listed_muted_and_blocked(sign_in):
    anne, ben, carla = sign_in(CARDIOLOGIST), sign_in(GENERALIST), sign_in(NURSE)
    me, her, him = CARDIOLOGIST.username, NURSE.username, GENERALIST.username

    anne("follow", him)
    carla("follow", me)
    ben.must("follow-requests", "accept", me)
    waiting = anne("follow-requests", "list")
    anne.must("follow-requests", "reject", her)
    anne("lists", "create", "Service")
    anne.must("lists", "add", "Service", him)
    posted = ben("post", "Pour la liste", "--visibility", "public")

    assert [account["username"] for account in waiting] == [her]
    assert [account["username"] for account in anne("lists", "accounts", "Service")] == [him]
    read = anne("timelines", "list", "Service", "--no-pager")
    assert read[0]["id"] == posted["id"]
    assert [one["title"] for one in anne("lists", "list")] == ["Service"]
    anne.must("lists", "remove", "Service", him)
    anne.must("lists", "delete", "Service")
    assert [account["username"] for account in anne("following", me)] == [him]
    assert [account["username"] for account in anne("followers", him)] == [me]
    for verb, listed, undone in (("mute", "muted", "unmute"), ("block", "blocked", "unblock")):
        anne(verb, her)
        assert [account["username"] for account in anne(listed)] == [her]
        anne(undone, her)
        assert anne(listed) == []
    anne("unfollow", him)


def test_hashtags_and_posts_are_kept(sign_in):
    anne, ben = sign_in(CARDIOLOGIST), sign_in(GENERALIST)
    post = ben("post", "Un #holter", "--visibility", "public")["id"]

    anne.must("tags", "follow", "holter")
    anne.must("tags", "feature", "holter")
    anne("bookmark", post)
    anne("reblog", post)
    anne("favourite", post)
    mine = anne("post", "À moi", "--visibility", "public")["id"]
    anne("pin", mine)

    assert anne("tags", "info", "holter")["following"] is True
    assert [tag["name"] for tag in anne("tags", "followed")] == ["holter"]
    assert [tag["name"] for tag in anne("tags", "featured")] == ["holter"]
    assert [one["username"] for one in anne("reblogged-by", post)] == [CARDIOLOGIST.username]
    for words in (("timelines", "favourites"), ("timelines", "tag", "holter")):
        assert post in [one["id"] for one in anne(*words, "--no-pager")], words
    anne.must("bookmarks", "--once")
    anne.must("timelines", "public", "--no-pager")
    anne.must("timelines", "account", GENERALIST.username, "--no-pager")
    anne.must("timelines", "trending", "--no-pager")
    anne.must("timelines", "link", "https://journal.example/", "--no-pager")
    for undone in ("unbookmark", "unreblog", "unfavourite"):
        anne(undone, post)
    anne("unpin", mine)
    anne("delete", mine)
    anne.must("tags", "unfeature", "holter")
    anne.must("tags", "unfollow", "holter")


def test_the_rest_of_the_commands(sign_in, file):
    anne, ben = sign_in(CARDIOLOGIST), sign_in(GENERALIST)
    ben("post", f"@{CARDIOLOGIST.username} bonjour", "--visibility", "public")

    assert "mention" in {notice["type"] for notice in anne("notifications", "-t", "mention")}
    anne.must("notifications", "--clear")
    assert anne("notifications") == []
    later = anne("post", "Demain", "--scheduled-in", "1 day")
    changed = anne("update-account", "--display-name", "Dr Anne", "--avatar", file)

    assert later["params"]["text"] == "Demain"
    assert changed["display_name"] == "Dr Anne"
    assert "/media/" in changed["avatar"]
    assert anne("whois", GENERALIST.username)["username"] == GENERALIST.username
    assert anne("instance")["configuration"]["statuses"]["max_characters"] == 5000
    anne.must("diag")
    signed_in = re.search(r"\S+@\S+", anne.must("auth"))[0]
    anne.must("logout", signed_in)
    assert not anne.run("whoami")[0]
