"""Two hospitals on this machine that trust each other, filled with invented doctors."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from cli.demo_data import LYON as IN_LYON
from cli.demo_data import PARIS, Person, write_register
from commands import Commands
from instances import Instance, wait_for

# Who waits for a badge is of the demonstration alone.
LYON = tuple(person for person in IN_LYON if not person.is_waiting)
CARDIOLOGIST, GENERALIST, NURSE = LYON
DERMATOLOGIST, PHYSICIAN = PARIS


@dataclass
class Ring:
    """Two instances that list each other as clinical, with verified doctors on both."""

    lyon: Instance
    paris: Instance
    tokens: dict[str, str] = field(default_factory=dict)

    def home(self, person: Person) -> Instance:
        return self.lyon if person in LYON else self.paris

    def api(self, person: Person, method: str, path: str, **body: object):
        """Call a person's own instance as that person."""
        return self.home(person).api(method, path, self.tokens[person.username], **body)

    def status_of(self, person: Person, method: str, path: str, **body: object) -> int:
        instance = self.home(person)
        token = self.tokens[person.username]
        return instance.request(method, path, token=token, body=body or None)[0]

    def handle(self, person: Person) -> str:
        return f"{person.username}@{self.home(person).host}"

    def account(self, reader: Person, person: Person) -> dict:
        """Resolve somebody's handle as a client does: search with `resolve`."""
        handle = self.handle(person).replace("@", "%40")
        path = f"/api/v2/search?q=%40{handle}&resolve=true&type=accounts"
        found = self.api(reader, "GET", path)["accounts"]
        assert found, f"{handle} was not found:\n{self.home(reader).log[-2000:]}"
        return found[0]

    def follow(self, follower: Person, followee: Person) -> dict:
        """Let somebody follow somebody, who lets them in; return the followee's account."""
        account = self.account(follower, followee)
        self.api(follower, "POST", f"/api/v1/accounts/{account['id']}/follow")
        if not self.relationship(follower, account)["following"]:
            waiting = wait_for(lambda: self.api(followee, "GET", "/api/v1/follow_requests"))
            for one in waiting:
                self.api(followee, "POST", f"/api/v1/follow_requests/{one['id']}/authorize")
            wait_for(lambda: self.relationship(follower, account)["following"])
        return account

    def relationship(self, person: Person, account: dict) -> dict:
        path = f"/api/v1/accounts/relationships?id[]={account['id']}"
        return self.api(person, "GET", path)[0]

    def post(self, person: Person, text: str, **options: object) -> dict:
        return self.api(person, "POST", "/api/v1/statuses", status=text, **options)

    def copy(self, reader: Person, post: dict, *, timeline: str = "home") -> dict | None:
        """Return what a reader is shown of a post in a timeline, None when it is not there."""
        paths = {
            "home": "/api/v1/timelines/home",
            "doctors": "/api/consilium/v1/timelines/doctors",
            "public": "/api/v1/timelines/public",
        }
        shown = self.api(reader, "GET", paths[timeline])
        return next((status for status in shown if status["uri"] == post["uri"]), None)

    def wait_for_copy(self, reader: Person, post: dict, *, timeline: str = "home") -> dict:
        return wait_for(lambda: self.copy(reader, post, timeline=timeline))

    def settle(self) -> None:
        """Wait until neither side owes the other anything, by a post that overtakes nothing."""
        for author, reader in ((CARDIOLOGIST, DERMATOLOGIST), (DERMATOLOGIST, CARDIOLOGIST)):
            marker = self.post(author, "marker", visibility="doctors")
            self.wait_for_copy(reader, marker, timeline="doctors")


@contextmanager
def running_ring(folder: Path) -> Iterator[Ring]:
    """Run both hospitals, filled, each listed by the other."""
    lyon, paris = (Instance(name, folder).migrated() for name in ("lyon", "paris"))
    with ExitStack() as stack:
        for house in (lyon, paris):
            stack.callback(house.stop)
        # Each waits for itself.
        with ThreadPoolExecutor() as starting:
            list(starting.map(Instance.start, (lyon, paris)))
        tokens = fill(lyon, LYON) | fill(paris, PARIS)
        Commands(lyon).cli("peer", "allow", paris.host, "--class", "clinical")
        Commands(paris).cli("peer", "allow", lyon.host, "--class", "clinical")
        yield Ring(lyon, paris, tokens)


def fill(instance: Instance, people: tuple[Person, ...]) -> dict[str, str]:
    """Make accounts, import a register, verify everybody; return bearer tokens by username."""
    commands = Commands(instance)
    register = instance.folder / "register.txt"
    write_register(register, people)
    commands.cli("register", "import", str(register), "--register", "FR-RPPS")
    tokens = {}
    for person in people:
        tokens[person.username] = commands.account(person.username, person.name)
        commands.cli(
            "doctor", "verify", person.username, "--register", "FR-RPPS", "--number", person.number
        )
    return tokens
