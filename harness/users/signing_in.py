"""
How a person comes by a credential and loses it: the verbs of hop 1, each recorded with the token that it is about.

Tokens are counted, never shown: the history tells which of them opened what, and when it ended.
"""

from typing import TYPE_CHECKING, Any

from harness.config import Route
from harness.errors import HarnessError, LoginRefused, Refused
from harness.history.events import Change, CredentialAnswered, CredentialAsked, Outcome
from harness.users.reading import as_text
from harness.users.unexpected import look_at

if TYPE_CHECKING:
    from harness.users.user import User


async def asked_who(user: "User") -> str:
    """Ask the backend whose a token is, and give the id; raises `HarnessError` when it does not say."""
    route = user.contract.user
    answer = await user.session.follow("ask who this is", route)
    id_ = as_text(answer.at(route.id)) if route and answer.outcome == "ok" else ""
    if not id_:
        path = route.id if route else ""
        why = look_at(user.world.context, "user", answer, wanted="the id", path=path) if answer.status else ""
        due = "give it in the cast, or a `user` route"
        raise HarnessError(
            f"the backend does not say the id of {user.name}: {f'expected {why}; or ' if why else ''}{due}"
        )
    return id_


async def log_in(user: "User", *, password: str | None, email: str | None, fields: dict[str, Any]) -> None:
    """
    Log a person in, with their own address and password where None is given.

    Raises `LoginRefused` when no token came back, `NotExercised` for a field that the contract lacks.
    """
    context, route = user.world.context, user.contract.login
    act = _asked(user, "log-in")
    carrier = user.session.carrier
    introduction = await carrier.introduced(user.session)
    answer = await user.session.follow(
        "log in",
        route,
        headers=introduction,
        email=user.person.email if email is None else email,
        password=user.person.password if password is None else password,
        **fields,
    )
    token = carrier.token_of(answer, route, introduction) if route else ""
    outcome: Outcome = "refused" if answer.outcome == "ok" and not token else answer.outcome
    given = context.credentials.issued(token, _owner(user, email), fields) if outcome == "ok" else None
    _answered(
        user,
        act,
        "log-in",
        outcome,
        answer.status,
        token=given.number if given else 0,
        ends=(given and given.ends) or 0,
    )
    if outcome != "ok":
        expected = look_at(context, "login", answer, wanted=carrier.what, path=carrier.where(route))
        expected = expected or f"a token: look at {user.name} in the cast of target {context.target.name}"
        raise LoginRefused(f"the login of {user.name}", answer.status, answer.body, expected=expected)
    user.session.token = token
    if fields or email is not None or password is not None:
        return  # a token for less than everything, or somebody else's: for this device alone
    if user.is_expendable:
        context.belongings.tokens[user.name] = token
    else:
        context.tokens[user.name] = token
    if route and (id_ := as_text(answer.at(route.id))):
        context.ids[user.name] = id_


async def log_out(user: "User") -> None:
    """End the token of a device; raises `Refused` when the backend does not."""
    _check_expendable(user, "logging out kills the token they use")
    act, token, credentials = _asked(user, "log-out"), user.session.token, user.world.context.credentials
    credentials.leaving(token)
    answer = await user.session.follow("log out", user.contract.logout)
    credentials.left(token, user.name, answer.outcome)
    _answered(user, act, "log-out", answer.outcome, answer.status, token=credentials.number(token, user.name))
    if answer.outcome != "ok":
        raise Refused(f"the logout of {user.name}", answer.status, answer.body)


async def revoke(user: "User") -> None:
    """End every token of a person, as from another device; raises `Refused` when the backend does not."""
    _check_expendable(user, "revoking kills the tokens they use")
    await _end_all(user, "revoke", user.contract.revoke, f"revoking the tokens of {user.name}")


async def delete_account(user: "User") -> None:
    """Delete a person's account, and all that they are known by; raises `Refused` when the backend does not."""
    _check_expendable(user, "deleting their account kills the tokens they use")
    await _end_all(user, "delete-account", user.contract.delete_account, f"deleting the account of {user.name}")
    user.world.context.belongings.people.pop(user.name, None)


async def _end_all(user: "User", change: Change, route: Route | None, words: str) -> None:
    act, credentials = _asked(user, change), user.world.context.credentials
    credentials.leaving_all(user.name)
    answer = await user.session.follow(change.replace("-", " "), route)
    credentials.left_all(user.name, answer.outcome)
    _answered(user, act, change, answer.outcome, answer.status)
    if answer.outcome != "ok":
        raise Refused(words, answer.status, answer.body)


def _check_expendable(user: "User", why: str) -> None:
    if not user.is_expendable:
        raise HarnessError(f"{user.name} is shared with other tests, and {why}; ask for `new_user`")


def _owner(user: "User", email: str | None) -> str:
    """Name the person whom a login with this address is for: "" for somebody whom nobody declared."""
    if email is None or email == user.person.email:
        return user.name
    return next((one.name for one in user.world.context.target.cast if one.email == email), "")


def _asked(user: "User", change: Change) -> str:
    act = user.world.context.recorder.new_act()
    user.world.context.recorder.record(CredentialAsked, who=user.name, act=act, change=change)
    return act


def _answered(
    user: "User", act: str, change: Change, outcome: Outcome, status: int | None, *, token: int = 0, ends: int = 0
) -> None:
    user.world.context.recorder.record(
        CredentialAnswered,
        who=user.name,
        act=act,
        change=change,
        outcome=outcome,
        status=status,
        token=token,
        ends=ends,
    )
