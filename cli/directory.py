"""`consilium directory …`: by what doctors are found."""

from __future__ import annotations

import typer

from cli.house import AsJson, House, in_house, show
from db.indexing import index_all
from doctors.directory_index import index_slice, tidy_directory
from doctors.habits import read_habits

app = typer.Typer(help="The directory: by what doctors are found.", no_args_is_help=True)


@app.callback()
def directory() -> None:
    """The directory: by what doctors are found."""


@app.command()
def rebuild(as_json: AsJson = False) -> None:
    """Write the directory anew, newest first; who searches meanwhile finds what was there.

    Example: consilium directory rebuild
    """

    async def work(house: House) -> dict[str, int]:
        return {
            "gone": await tidy_directory(house.database),
            "found": await index_all(house.database, index_slice),
            "habits": await read_habits(house.database),
        }

    show(in_house(work), as_json=as_json)
