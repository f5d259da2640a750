"""`consilium account …` and `consilium token`: people who sign in here."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from cli.house import BY_COMMAND, AsJson, House, in_house, printable, show, show_list
from core.settings import Switch
from outbox.delete import send_delete_actor
from users import accounts, tokens
from users.deciding import approve as let_in
from users.deciding import refuse as turn_away
from users.models import Role, User
from users.own_factor import remove_factor_of
from users.verifiers import set_verifier
from users.waiting import list_waiting

app = typer.Typer(help="People who sign in here.", no_args_is_help=True)

Username = Annotated[str, typer.Argument(help="The name before the @.")]
DEFAULT_SCOPES = "read write follow push"


@app.command()
def create(
    username: Username,
    email: Annotated[str, typer.Option(help="Address for sign-in and mail.")],
    name: Annotated[str, typer.Option(help="The name that others read.")],
    role: Annotated[Role, typer.Option(help="What they may do for the institution.")] = Role.MEMBER,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Create an account, confirmed and approved; without a given password one is made and shown.

    Example: consilium account create a.martin --email a.martin@chu.example --name "Dr A. Martin"
    """
    given = _password_from_stdin() if password_stdin else None
    password = given or accounts.make_password()

    async def work(house: House) -> dict[str, Any]:
        user = await accounts.create_user(
            house.database, username=username, email=email, name=name, password=password, role=role
        )
        return await _shown(house, user)

    shown = in_house(work)
    show(shown if given else shown | {"password": password}, as_json=as_json)


@app.command("show")
def show_account(username: Username, as_json: AsJson = False) -> None:
    """Show one account.

    Example: consilium account show a.martin
    """

    async def work(house: House) -> dict[str, Any]:
        return await _shown(house, await accounts.get_user_by_username(house.database, username))

    show(in_house(work), as_json=as_json)


@app.command("list")
def list_accounts(as_json: AsJson = False) -> None:
    """List all accounts.

    Example: consilium account list --json
    """

    async def work(house: House) -> list[dict[str, Any]]:
        async with house.database.read() as session:
            rows = await accounts.list_users(session)
        return [_row(user, username) for user, username in rows]

    show_list(in_house(work), as_json=as_json, empty="There are no accounts yet.")


@app.command()
def suspend(username: Username, as_json: AsJson = False) -> None:
    """Suspend an account: signed out everywhere at once, hidden, nothing deleted.

    Example: consilium account suspend a.martin
    """

    async def work(house: House) -> dict[str, Any]:
        user = await accounts.suspend_user(house.database, username, decided_by=BY_COMMAND)
        return await _shown(house, user)

    show(in_house(work), as_json=as_json)


@app.command()
def resume(username: Username, as_json: AsJson = False) -> None:
    """End a suspension; programs that were let in before work again.

    Example: consilium account resume a.martin
    """

    async def work(house: House) -> dict[str, Any]:
        user = await accounts.resume_user(house.database, username, decided_by=BY_COMMAND)
        return await _shown(house, user)

    show(in_house(work), as_json=as_json)


@app.command()
def delete(username: Username, as_json: AsJson = False) -> None:
    """Delete an account for good: posts emptied, everybody told; the name is never given again.

    Example: consilium account delete a.martin
    """

    async def work(house: House) -> dict[str, Any]:
        async with house.database.transaction() as session:
            actor = await accounts.delete_user(session, username, decided_by=BY_COMMAND)
            await send_delete_actor(session, actor)
        return {"username": username, "deleted": True}

    show(in_house(work), as_json=as_json)


@app.command("reset-password")
def reset_password(
    username: Username,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Set a new password; every session and token of the account ends.

    Example: consilium account reset-password a.martin
    """
    given = _password_from_stdin() if password_stdin else None
    password = given or accounts.make_password()

    async def work(house: House) -> None:
        await accounts.set_password(
            house.database, username, password=password, decided_by=BY_COMMAND
        )

    in_house(work)
    told = {"username": username}
    show(told if given else told | {"password": password}, as_json=as_json)


@app.command("second-factor-off")
def second_factor_off(username: Username, as_json: AsJson = False) -> None:
    """Let somebody in by the password alone who has lost device and recovery codes; they are told.

    Example: consilium account second-factor-off a.martin
    """

    async def work(house: House) -> dict[str, Any]:
        user = await remove_factor_of(house.database, username, decided_by=BY_COMMAND)
        return await _shown(house, user)

    show(in_house(work), as_json=as_json)


@app.command()
def waiting(as_json: AsJson = False) -> None:
    """List who asked for an account and is not let in yet, those who wait for a decision first.

    Example: consilium account waiting
    """

    async def work(house: House) -> list[dict[str, Any]]:
        async with house.database.read() as session:
            return [
                {
                    "username": one.actor.username,
                    "name": printable(one.actor.name),
                    "email": one.user.email,
                    "confirmed": one.user.confirmed_at is not None,
                    "approved": one.user.approved_at is not None,
                    "asked_at": one.user.created_at.isoformat(timespec="seconds"),
                    "reason": printable(" ".join((one.user.signup_reason or "").split())),
                }
                for one in await list_waiting(session)
            ]

    show_list(in_house(work), as_json=as_json, empty="Nobody waits.")


@app.command()
def approve(username: Username, as_json: AsJson = False) -> None:
    """Let somebody in who asked for an account; they are told by mail.

    Example: consilium account approve a.martin
    """

    async def work(house: House) -> dict[str, Any]:
        async with house.database.transaction() as session:
            user = await let_in(session, username, decided_by=BY_COMMAND)
        return await _shown(house, user)

    show(in_house(work), as_json=as_json)


@app.command()
def refuse(
    username: Username,
    reason: Annotated[str, typer.Option(help="Why; it is sent to them.")] = "",
    as_json: AsJson = False,
) -> None:
    """Turn somebody away who asked for an account; what they wrote is deleted.

    Example: consilium account refuse a.martin --reason "not of this hospital"
    """

    async def work(house: House) -> dict[str, Any]:
        async with house.database.transaction() as session:
            await turn_away(session, username, reason, decided_by=BY_COMMAND)
        return {"username": username, "refused": True}

    show(in_house(work), as_json=as_json)


@app.command()
def verifier(
    username: Username,
    switch: Annotated[Switch, typer.Argument(help="on or off.")],
    as_json: AsJson = False,
) -> None:
    """Let somebody decide about claims to a badge, or no longer; administrators may anyhow.

    Example: consilium account verifier a.martin on
    """

    async def work(house: House) -> dict[str, Any]:
        async with house.database.transaction() as session:
            user = await set_verifier(
                session, username, is_verifier=switch is Switch.ON, decided_by=BY_COMMAND
            )
        return await _shown(house, user)

    show(in_house(work), as_json=as_json)


def token(
    username: Username,
    scope: Annotated[str, typer.Option(help="Scopes, separated by spaces.")] = DEFAULT_SCOPES,
    as_json: AsJson = False,
) -> None:
    """Print a bearer token of an account, and nothing else.

    Example: consilium token a.martin --scope "read write"
    """

    async def work(house: House) -> str:
        user = await accounts.get_user_who_may_sign_in(house.database, username)
        async with house.database.transaction() as session:
            return await tokens.issue_token(session, user=user, app=None, scopes=scope)

    bearer = in_house(work)
    if as_json:
        show({"token": bearer}, as_json=True)
    else:
        print(bearer)


def _password_from_stdin() -> str:
    return sys.stdin.readline().rstrip("\r\n")


async def _shown(house: House, user: User) -> dict[str, Any]:
    async with house.database.read() as session:
        return _row(user, await accounts.username_of(session, user))


def _row(user: User, username: str) -> dict[str, Any]:
    return {
        "username": username,
        "email": user.email,
        "role": user.role.value,
        "verifier": user.is_verifier,
        "created_at": user.created_at.isoformat(timespec="seconds"),
        "second_factor": user.has_second_factor,
        "suspended": user.suspended_at is not None,
        "deleted": user.is_deleted,
    }
