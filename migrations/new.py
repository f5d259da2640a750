"""Write the next migration from what the models say: `make migration name="follow add uri"`."""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path

from alembic import command

from db.schema import VERSIONS, newest_revision
from migrations.run import alembic_config, migrate


def main(name: str) -> None:
    """Write the difference between the models and what the migrations so far make."""
    words = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
    if not words:
        sys.exit('Give it a name: make migration name="table verb"')
    number = f"{int(newest_revision() or '0') + 1:04d}"
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite+aiosqlite:///{Path(folder) / 'empty.db'}"
        if newest_revision():
            migrate(url)
        config = alembic_config(url)
        config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
        command.revision(config, message=words, rev_id=number, autogenerate=True)
    print(*VERSIONS.glob(f"{number}_*.py"))


if __name__ == "__main__":
    main(" ".join(sys.argv[1:]))
