"""What every endpoint works with."""

from __future__ import annotations

from dataclasses import dataclass, field

from core.settings import Settings
from db.session import Database
from federation.client import Client
from notifications.stream import Hub


@dataclass(frozen=True, slots=True)
class Services:
    """The database, the outbound client and the settings of one instance; who is connected."""

    database: Database
    client: Client
    settings: Settings
    hub: Hub = field(default_factory=Hub)
