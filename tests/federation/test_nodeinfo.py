"""NodeInfo counts nobody."""

from __future__ import annotations

import pytest

from federation.nodeinfo import APPLICATION, VERSIONS, find_application, nodeinfo


@pytest.mark.parametrize("version", VERSIONS)
def test_nodeinfo_says_what_this_is_and_counts_nobody(version):
    written = nodeinfo(version, open_registrations=False, name="chu.example")

    assert (written["version"], written["protocols"]) == (version, ["activitypub"])
    assert written["software"]["name"] == "consilium"
    assert written["usage"] == {"users": {}}
    assert ("homepage" in written["software"]) == (version == "2.1")
    assert written["metadata"] == {"nodeName": "chu.example"}


def test_fep_2677_the_instance_actor_is_found_among_the_links():
    links = [{"rel": "x", "href": "y"}, 7, {"rel": APPLICATION, "href": "https://b.example/actor"}]

    assert find_application({"links": links}) == "https://b.example/actor"
    for none in ({}, {"links": "x"}, {"links": [{"rel": APPLICATION}]}):
        assert find_application(none) is None
