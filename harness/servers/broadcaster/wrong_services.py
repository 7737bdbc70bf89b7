"""
What a broadcaster that serves more than channels may do otherwise: cache, users, webhooks, several apps.

No gate of an application looks for these; a suite about the protocol does.
"""

from collections.abc import Iterable
from typing import Any, ClassVar

import msgspec

from harness.protocol.admission import Gate
from harness.protocol.app import App
from harness.protocol.connections import Action, ServerConnection
from harness.protocol.dialects import Dialect
from harness.protocol.dialects.http import Hooks
from harness.protocol.server import Hub
from harness.protocol.sign_in import SignIn
from harness.protocol.signatures import verify_channel_auth
from harness.servers.broadcaster.webhooks import Receiver, Timing, Webhooks


class OfAnyApp(Gate):
    """PT-07: whoever may sign for one app of the server may sign for all."""

    _secrets: ClassVar[dict[str, str]] = {}

    def __init__(self, key: str, secret: str, dialect: Dialect) -> None:
        super().__init__(key, secret, dialect)
        self._secrets[key] = secret

    def is_signed(self, socket_id: str, channel: str, auth: str | None, channel_data: str | None) -> bool:
        """Try the secret of every app."""
        return any(
            verify_channel_auth(
                auth, key=key, secret=secret, socket_id=socket_id, channel=channel, channel_data=channel_data
            )
            for key, secret in self._secrets.items()
        )


class Believing(Hub):
    """PT-04: whoever signs in is believed."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._sign_in = _Credulous(self.app, self.dialect)
        self.people = self._sign_in.people


class _Credulous(SignIn):
    def _is_signed(self, _socket_id: str, _auth: object, _user_data: str) -> bool:
        return True


class Keeping(Hub):
    """PT-08: whoever unsubscribes goes on hearing."""

    def _unsubscribe(self, _connection: ServerConnection, _payload: dict[str, Any]) -> list[Action]:
        return []


class Forging(Webhooks):
    """PT-09: webhooks are signed with another secret."""

    def __init__(self, app: App, receivers: Iterable[Receiver], timing: Timing, hooks: Hooks | None) -> None:
        super().__init__(msgspec.structs.replace(app, secret=f"{app.secret}?"), receivers, timing, hooks)


class GivingUp(Webhooks):
    """PT-10: a webhook that failed is not sent again."""

    def __init__(self, app: App, receivers: Iterable[Receiver], timing: Timing, hooks: Hooks | None) -> None:
        super().__init__(app, receivers, msgspec.structs.replace(timing, retry_for=0), hooks)


class Hasty(Webhooks):
    """PT-11: whoever comes back at once is told to have left and come."""

    def __init__(self, app: App, receivers: Iterable[Receiver], timing: Timing, hooks: Hooks | None) -> None:
        super().__init__(app, receivers, msgspec.structs.replace(timing, delay=0), hooks)
