"""What every page works with: made once, at the start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from core.i18n import Language, our_languages
from core.settings import Settings
from db.session import Database
from federation.client import Client
from federation.uris import LocalUris, local_uris
from notifications.stream import Hub
from users.limits import Limit
from users.openid import OpenId
from web.assets import Asset, read_assets, version_of

ROOM = Path(__file__).resolve().parent
TEMPLATES = ROOM / "templates"


@dataclass(frozen=True, slots=True)
class Site:
    """The pages of one instance in one process.

    `shell` changes when any of the files does: the service worker keeps some.
    `sign_ins` counts tries by address, `device_codes` those of typed codes by person and address,
    `lookups` strangers' questions about their own handle by address, `deletions` what a person
    takes back, `uploads` their files, `numbers` those that they look up in a register. `hub` is who
    has a page open that is told what happens.
    """

    database: Database
    client: Client
    settings: Settings
    uris: LocalUris
    languages: Mapping[str, Language]
    templates: Environment
    assets: Mapping[str, Asset]
    shell: str
    sign_ins: Limit
    device_codes: Limit
    lookups: Limit
    deletions: Limit
    uploads: Limit
    numbers: Limit
    hub: Hub
    openid: OpenId

    @property
    def is_secure(self) -> bool:
        """Whether browsers reach us over https; only in development they do not."""
        return self.settings.base_url.startswith("https:")


def make_site(database: Database, client: Client, hub: Hub) -> Site:
    """Read the catalogues, templates and files of the pages."""
    assets = read_assets(ROOM)
    return Site(
        database=database,
        client=client,
        settings=database.settings,
        uris=local_uris(database.settings),
        languages=our_languages(),
        templates=make_templates(),
        assets=assets,
        shell=version_of(assets),
        sign_ins=Limit(25, timedelta(minutes=5), name="sign-in"),
        device_codes=Limit(20, timedelta(minutes=10), name="device-code"),
        lookups=Limit(10, timedelta(minutes=10), name="follow-from"),
        # The client API's figures.
        deletions=Limit(30, timedelta(minutes=30), name="delete"),
        uploads=Limit(30, timedelta(minutes=30), name="upload"),
        numbers=Limit(30, timedelta(minutes=10), name="register-number"),
        hub=hub,
        openid=OpenId(client, database.settings),
    )


def make_templates() -> Environment:
    """Return the templates: everything is escaped, and a name that is not given is an error."""
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
