"""What one process remembers of asking others for keys, so that no stranger makes it ask much.

All of it is bounded; what is forgotten is asked for once more (A17, A29, C13, D30).
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from weakref import WeakKeyDictionary, WeakValueDictionary

from core.clock import now
from db.session import Database

REFRESH_PAUSE = timedelta(minutes=5)
UNKNOWN_PAUSE = timedelta(seconds=60)
FETCHES_A_MINUTE = 120
NEW_HOSTS, NEW_HOSTS_WITHIN = 10, timedelta(minutes=5)
_REMEMBERED = 10_000


class Recent:
    """Names that were noted within a time; the oldest are forgotten first."""

    def __init__(self, within: timedelta) -> None:
        self._within = within
        self._noted: OrderedDict[str, datetime] = OrderedDict()

    def __contains__(self, name: str) -> bool:
        noted = self._noted.get(name)
        return noted is not None and now() - noted < self._within

    def add(self, name: str) -> None:
        """Note a name now."""
        self._noted[name] = now()
        self._noted.move_to_end(name)
        while len(self._noted) > _REMEMBERED:
            self._noted.popitem(last=False)


class Allowance:
    """So many turns within a time for each name; the names that were idle longest are forgotten."""

    def __init__(self, turns: int, within: timedelta) -> None:
        self._turns = turns
        self._within = within
        self._taken: OrderedDict[str, deque[datetime]] = OrderedDict()

    def take(self, name: str) -> bool:
        """Take a turn; return False, and take none, when all are taken."""
        taken = self._taken.setdefault(name, deque())
        self._taken.move_to_end(name)
        while len(self._taken) > _REMEMBERED:
            self._taken.popitem(last=False)
        while taken and now() - taken[0] >= self._within:
            taken.popleft()
        if len(taken) >= self._turns:
            return False
        taken.append(now())
        return True


@dataclass(slots=True)
class Memory:
    """What is remembered for one database, that is, for one instance."""

    refreshed_keys: Recent = field(default_factory=lambda: Recent(REFRESH_PAUSE))
    unknown_keys: Recent = field(default_factory=lambda: Recent(UNKNOWN_PAUSE))
    silent_hosts: Recent = field(default_factory=lambda: Recent(UNKNOWN_PAUSE))
    met_hosts: Recent = field(default_factory=lambda: Recent(NEW_HOSTS_WITHIN))
    fetches: Allowance = field(
        default_factory=lambda: Allowance(FETCHES_A_MINUTE, timedelta(minutes=1))
    )
    newcomers: Allowance = field(default_factory=lambda: Allowance(NEW_HOSTS, NEW_HOSTS_WITHIN))
    locks: WeakValueDictionary[str, asyncio.Lock] = field(default_factory=WeakValueDictionary)


_memories: WeakKeyDictionary[Database, Memory] = WeakKeyDictionary()


def memory_of(database: Database) -> Memory:
    """Return what this process remembers for an instance."""
    return _memories.setdefault(database, Memory())
