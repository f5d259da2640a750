"""One POST and its result: signed at the moment of sending, judged by its status."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from core.clock import now
from core.errors import PermanentError, TemporaryError
from federation.client import Client, Signer
from outbox import hosts, results
from outbox.queries import Owed
from outbox.retry import AFTER_REFUSAL, REFUSALS, is_final, pause_after

GONE = 410
_BUSY = frozenset({429, 503})


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one POST: a status, or why there is none.

    `refused`: nothing was sent, nor will be. `broken`: it failed here, whatever its host would say.
    """

    owed: Owed
    status: int | None = None
    retry_after: timedelta | None = None
    error: str = ""
    refused: bool = False
    broken: bool = False


async def deliver(client: Client, owed: Owed, signer: Signer) -> Result:
    """POST an activity to its inbox, whose host the caller has judged.

    Never raises for what a remote does or does not.
    """
    try:
        reply = await client.post_activity(
            owed.inbox, owed.body, signer=signer, judged_host=owed.host
        )
    except TemporaryError as error:
        return Result(owed, error=str(error))
    except PermanentError as error:
        return Result(owed, error=str(error), refused=True)
    return Result(owed, reply.status, reply.retry_after, f"answered {reply.status}")


async def record(session: AsyncSession, result: Result) -> None:
    """Write a result down: delivered, to be tried again, or given up with its reason."""
    owed, status = result.owed, result.status
    if result.refused:
        await results.mark_given_up(session, owed, status=None, error=result.error)
    elif status is None:
        if not result.broken:
            await hosts.note_failure(session, owed.host)
        await _retry(session, result)
    elif 200 <= status < 300:
        await results.mark_delivered(session, owed, status)
        await hosts.note_success(session, owed.host)
    elif status == GONE:
        await results.mark_given_up(session, owed, status=status, error="the inbox is gone")
        await results.close_inbox(session, owed)
    elif is_final(status):
        await results.mark_given_up(session, owed, status=status, error=result.error)
        await hosts.note_success(session, owed.host)
    elif status in REFUSALS and owed.attempts > 1:
        await results.mark_given_up(session, owed, status=status, error=result.error)
    else:
        await _postpone(session, result)


async def _postpone(session: AsyncSession, result: Result) -> None:
    owed = result.owed
    if result.retry_after is not None and result.status in _BUSY:
        until = now() + result.retry_after
        # The host asked for it, so it holds for all that is owed to it.
        await hosts.note_wait(session, owed.host, until)
        await results.mark_waiting(
            session, owed, due_at=until, status=result.status, error=result.error
        )
        return
    if result.status is not None and result.status >= 500:
        await hosts.note_failure(session, owed.host)
    await _retry(session, result)


async def _retry(session: AsyncSession, result: Result) -> None:
    pause = pause_after(result.owed.attempts)
    if result.status in REFUSALS:
        pause = max(pause, AFTER_REFUSAL)
    await results.mark_waiting(
        session,
        result.owed,
        due_at=now() + pause,
        status=result.status,
        error=result.error,
    )
