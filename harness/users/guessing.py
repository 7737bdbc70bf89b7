"""Somebody who guesses passwords: one wrong one after the other, until the backend has had enough of it."""

import secrets
from typing import TYPE_CHECKING

from harness.errors import LoginRefused, NotExercised
from harness.history.events import PasswordsGuessed

if TYPE_CHECKING:
    from harness.users.user import User

_TOO_MANY = 429


async def guess(user: "User") -> int | None:
    """
    Log in with wrong passwords, one more than the target says that it takes, and record whether that was stopped.

    Gives after how many of them the backend answered 429, None when it never did. Raises `NotExercised` where the
    target declares no `login_limit`.
    """
    context = user.world.context
    limit = context.target.backend.login_limit
    if not limit:
        raise NotExercised(
            f"target {context.target.name} does not say how many wrong passwords are too many; login_limit = 5 in its"
            " table `backend` would"
        )
    stopped = None
    user.session.waits = False  # to be told to come back later is what is asked for
    for tried in range(limit + 1):
        if await _status(user) == _TOO_MANY:
            stopped = tried
            break
    user.session.waits = True
    context.recorder.record(PasswordsGuessed, who=user.name, limit=limit, stopped=stopped)
    return stopped


async def _status(user: "User") -> int | None:
    """Try a wrong password, and give the status of the answer."""
    try:
        await user.log_in(password=secrets.token_urlsafe())
    except LoginRefused as refused:
        return refused.status
    return None
