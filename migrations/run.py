"""Bring a database to the newest schema. Imports Alembic: the server runs this as a subprocess."""

from __future__ import annotations

import sys
from pathlib import Path

from alembic import command
from alembic.config import Config

from core.errors import SettingsError
from core.settings import load_settings

HERE = Path(__file__).resolve().parent


def alembic_config(url: str) -> Config:
    """Return Alembic's configuration for one database."""
    config = Config()
    config.set_main_option("script_location", str(HERE))
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return config


def migrate(url: str) -> None:
    """Apply every migration that the database lacks; running it again does nothing."""
    command.upgrade(alembic_config(url), "head")


if __name__ == "__main__":
    try:
        settings = load_settings()
    except SettingsError as error:
        sys.exit(str(error))
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    migrate(settings.resolved_database_url)
