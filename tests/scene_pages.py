"""Where the pages of `scene.py` are: by who looks at them, with a name and the status of each."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from scene_badges import Badges
from scene_doctors import Doctors
from scene_doors import Doors
from scene_events import BOB_HOST, Events


@dataclass(frozen=True)
class Scene:
    """The addresses of the pages; `consent(…)` makes the one of a program."""

    thread: str
    answer: str
    warned: str
    public: str
    pictures: str
    client_id: str
    callback: str
    user_code: str
    edited: str
    badges: Badges
    doctors: Doctors
    doors: Doors
    events: Events

    def consent(self, *, scope="read write:statuses write:media follow push", **changes):
        asked = {"client_id": self.client_id, "redirect_uri": self.callback,
                 "response_type": "code", "scope": scope, "state": "s"} | changes  # fmt: skip
        return f"/oauth/authorize?{urlencode(asked)}"

    @property
    def for_strangers(self):
        """The pages of a stranger, by name, and the status that each has."""
        return self.doors.for_strangers | {
            "front": ("/", 200),
            "sign-in": ("/auth/sign-in?next=%2F%40a.martin", 200),
            "profile": ("/@a.martin", 200),
            "post": (self.public, 200),
            "pictures": (self.pictures, 200),
            "tag": ("/tags/rythmologie", 200),
            "refused": (self.consent(client_id="unknown"), 400),
            "nothing": ("/nowhere", 404),
            "about": ("/about", 200),
            "offline": ("/offline", 200),
            "followers": ("/@a.martin/followers", 200),
            "follow-from": ("/@a.martin/follow-from", 200),
            "sign-up": ("/auth/sign-up", 200),
            "forgotten": ("/auth/forgotten", 200),
        }

    @property
    def for_members(self):
        """The pages of a verified doctor."""
        return self._of_parts | {
            "home": ("/", 200),
            "local": ("/timelines/local", 200),
            "federated": ("/timelines/federated", 200),
            "doctors": ("/timelines/doctors", 200),
            "tag": ("/tags/rythmologie", 200),
            "about": ("/about", 200),
            "profile": ("/@a.martin", 200),
            "profile-media": ("/@a.martin?show=media", 200),
            "followers": ("/@a.martin/followers", 200),
            "following": ("/@a.martin/following", 200),
            "report-person": (f"/@b.durand@{BOB_HOST}/report", 200),
            "delete": (f"/posts/{self.thread.rpartition('/')[2]}/delete", 200),
            "rewrite": (f"/posts/{self.thread.rpartition('/')[2]}/rewrite", 200),
            "report": (f"/posts/{self.answer.rpartition('/')[2]}/report", 200),
            "search": ("/search", 200),
            "found": ("/search?q=rythmologie", 200),
            "directory-found": ("/directory?speciality=SM04", 200),
            "unknown": ("/authorize_interaction?uri=acct%3Anobody%40nowhere.example", 404),
            "bookmarks": ("/bookmarks", 200),
            "favourites": ("/favourites", 200),
            "me": ("/me", 200),
            "compose": ("/compose", 200),
            "compose-answer": (f"/compose?answer={self.answer.rpartition('/')[2]}", 200),
            "edit": (f"{self.thread}/edit", 200),
            "history": (f"{self.edited}/history", 200),
            "scheduled": ("/scheduled", 200),
            "settings": ("/settings", 200),
            "settings-profile": ("/settings/profile", 200),
            "settings-privacy": ("/settings/privacy", 200),
            "settings-notifications": ("/settings/notifications", 200),
            "settings-appearance": ("/settings/appearance", 200),
            "settings-security": ("/settings/security", 200),
            "settings-factor": ("/settings/security/second-factor", 200),
            "settings-password": ("/settings/security/password", 200),
            "settings-email": ("/settings/security/email", 200),
            "settings-apps": ("/settings/apps", 200),
            "settings-delete": ("/settings/delete", 200),
            "design": ("/design", 200),
            "thread": (self.thread, 200),
            "answer": (self.answer, 200),
            "warned": (self.warned, 200),
            "pictures": (self.pictures, 200),
            "consent": (self.consent(), 200),
            "badly-asked": (self.consent(scope="admin:read"), 400),
            "device": ("/oauth/device", 200),
            "device-unknown": ("/oauth/device?user_code=BBBB-BBBB", 404),
            "device-asks": (f"/oauth/device?user_code={self.user_code}", 200),
            "nothing": ("/@a.martin/1", 404),
        }

    @property
    def _of_parts(self):
        parts = (self.badges, self.doctors, self.doors, self.events)
        return {name: page for part in parts for name, page in part.for_members.items()}

    @property
    def for_plain_members(self):
        """Some pages of a member who is no doctor, on their first day."""
        return {
            "first-home": ("/", 200),
            "first-notifications": ("/notifications", 200),
            "first-messages": ("/messages", 200),
            "first-bookmarks": ("/bookmarks", 200),
            "first-lists": ("/lists", 200),
            "first-compose": ("/compose", 200),
            "first-colleagues": ("/colleagues", 200),
            "first-practice": ("/settings/practice", 200),
            "first-map": ("/map", 200),
            "badge-waits": ("/settings/badge", 200),
            "badge-none": ("/@c.petit/badge", 200),
        }

    @property
    def for_administrators(self):
        """The pages of who answers for the instance."""
        return self.badges.for_administrators | {"people": ("/institution/people", 200)}
