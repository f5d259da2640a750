"""`consilium search …`: the words by which posts and people are found."""

from __future__ import annotations

import typer

from actors import search as people
from cli.house import AsJson, House, in_house, show
from db.indexing import index_all
from posts import search_index as posts

app = typer.Typer(help="Search: what is found by which words.", no_args_is_help=True)


@app.callback()
def search() -> None:
    """Search: what is found by which words."""


@app.command()
def rebuild(as_json: AsJson = False) -> None:
    """Write the index anew, newest first; who searches meanwhile finds what was there.

    Example: consilium search rebuild
    """

    async def work(house: House) -> dict[str, int]:
        return {
            "posts": await index_all(house.database, posts.index_slice),
            "people": await index_all(house.database, people.index_slice),
        }

    show(in_house(work), as_json=as_json)
