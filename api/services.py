"""What every endpoint works with."""

from __future__ import annotations

from dataclasses import dataclass

from core.settings import Settings
from db.session import Database
from federation.client import Client


@dataclass(frozen=True, slots=True)
class Services:
    """The database, the outbound client and the settings of one instance."""

    database: Database
    client: Client
    settings: Settings
