"""Threads on fake remotes: served as collections, looked for by jobs, counted by request."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from sqlalchemy import select
from sqlmodel import col

from core import clock
from db.jobs import Job
from fakes.actor import AS
from posts.conversation import look_again
from posts.models import Post
from workers.jobs import process_jobs


async def all_posts(database) -> dict[str, Post]:
    async with database.read() as session:
        return {post.uri: post for post in await session.scalars(select(Post))}


async def jobs_owed(database) -> list[Job]:
    async with database.read() as session:
        return list(await session.scalars(select(Job).order_by(col(Job.id))))


async def work_off(database, client, *, every=timedelta(minutes=1), turns: int = 40) -> None:
    for _ in range(turns):
        clock.shift(every)
        if not await process_jobs(database, client):
            return


async def make_whole(database, client, post: Post) -> None:
    await look_again(database, post)
    await work_off(database, client)


def serve_context(remote, *notes, **more) -> str:
    """Serve a thread's collection, as Mastodon does, and put the first post into it."""
    uri = f"{remote.base_url}/contexts/1"
    remote.serve(
        {
            "@context": AS,
            "id": uri,
            "type": "Collection",
            "attributedTo": notes[0]["attributedTo"],
            "first": {
                "type": "CollectionPage",
                "id": f"{uri}/items?page=true",
                "items": [note["id"] for note in notes],
            },
            **more,
        }
    )
    notes[0]["context"] = uri
    return uri


def serve_replies(remote, note, *answers, **options) -> None:
    note["replies"] = f"{note['id']}/replies"
    remote.collection(note["replies"], [answer["id"] for answer in answers], **options)


def asked_for(*remotes) -> Counter[str]:
    return Counter(entry.path for remote in remotes for entry in remote.gets())
