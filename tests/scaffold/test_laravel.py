"""What a Laravel application's own files say about it."""

from pathlib import Path

import pytest

from harness.scaffold.laravel import is_laravel, read_laravel
from harness.scaffold.project import Found

ENVIRONMENT = """
APP_URL=http://localhost:8000
BROADCAST_CONNECTION=reverb
REVERB_APP_ID=1001
REVERB_APP_KEY="key-of-it"
REVERB_APP_SECRET=never-shown-anywhere
REVERB_HOST="localhost"
REVERB_PORT=8080
REVERB_SCHEME=http
"""
CHANNELS = """<?php
// Broadcast::channel('old.{id}', fn () => true);
Broadcast::channel('App.Models.User.{id}', fn ($user, $id) => (int) $user->id === (int) $id);
Broadcast::channel('chat.{companyId}.conversation.{conversationId}', ConversationChannel::class);
Broadcast::channel("team.{tenant}", function ($user, $tenant) {
    return ['id' => $user->id, 'name' => $user->name];
});
Broadcast::channel('order.{order}', fn ($user, $order) => true);
"""
BOOTSTRAP = """<?php
->withBroadcasting(__DIR__.'/../routes/channels.php', ['prefix' => 'api', 'middleware' => ['api', 'auth:sanctum']])
"""
EVENT = """<?php
namespace App\\Events;
class MessageSent implements ShouldBroadcastNow { public function broadcastOn() {} }
"""


def application(folder: Path, **files: str) -> Found:
    """Read an application that consists of these files; `_` in a name stands for a folder's slash."""
    (folder / "artisan").touch()
    for name, text in files.items():
        path = folder / {
            "environment": ".env",
            "channels": "routes/channels.php",
            "api": "routes/api.php",
            "bootstrap": "bootstrap/app.php",
            "event": "app/Events/Event.php",
            "other": "app/Events/Other.php",
        }.get(name, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    assert is_laravel(folder)
    return read_laravel(folder)


def test_a_whole_application(tmp_path: Path) -> None:
    """Addresses, routes, channels and event of an application as `install:broadcasting` leaves it."""
    found = application(
        tmp_path,
        environment=ENVIRONMENT,
        channels=CHANNELS,
        bootstrap=BOOTSTRAP,
        event=EVENT,
        api="<?php Route::post('/auth/login', LoginController::class);",
    )

    assert found.remarks == ()
    assert (found.backend_url, found.broadcaster_url) == ("http://localhost:8000", "ws://localhost:8080")
    assert (found.login, found.authorize) == ("POST /api/auth/login", "POST /api/broadcasting/auth")
    assert (found.event, found.publishes) == ("App\\Events\\MessageSent", "before-answer")
    assert (found.app_id, found.app_key) == ("${REVERB_APP_ID}", "${REVERB_APP_KEY}")
    assert [(one.pattern, one.audience, one.unknown) for one in found.channels] == [
        ("private-App.Models.User.{user}", "self", ""),
        ("private-chat.{company}.conversation.{conversation}", "participants", ""),
        ("presence-team.{company}", "company", ""),
        ("private-order.{order}", "signed-in", "order"),
    ]
    assert "never-shown-anywhere" not in repr(found)


def test_an_empty_application_says_what_is_missing(tmp_path: Path) -> None:
    """Channels that nobody can be authorized for are the story's own fault, and told before any test."""
    found = application(tmp_path, channels="<?php")

    assert not found.is_reachable
    assert [remark.sentence.partition(":")[0] for remark in found.remarks] == [
        "no Broadcast",
        "routes/channels.php",
    ]


def test_a_folder_without_artisan_is_no_application(tmp_path: Path) -> None:
    """Nothing is read that is not Laravel's."""
    assert not is_laravel(tmp_path)


@pytest.mark.parametrize(
    ("lines", "address", "dialect"),
    [
        ("REVERB_APP_KEY=k\nREVERB_HOST=a.example.com\nREVERB_PORT=443", "wss://a.example.com", "reverb"),
        ("REVERB_APP_KEY=k", "", "reverb"),
        ("BROADCAST_CONNECTION=pusher\nPUSHER_APP_KEY=k\nPUSHER_APP_CLUSTER=eu", "wss://ws-eu.pusher.com", "pusher"),
        ("PUSHER_APP_KEY=k\nPUSHER_HOST=hub\nPUSHER_PORT=6001\nPUSHER_SCHEME=http", "ws://hub:6001", "reverb"),
        ("REVERB_HOST=ws.example.com", "wss://ws.example.com", "reverb"),
    ],
)  # fmt: skip
def test_where_the_broadcaster_is(tmp_path: Path, lines: str, address: str, dialect: str) -> None:
    """Reverb, Pusher itself, and whatever stands at the address that Laravel's Pusher driver is given."""
    found = application(tmp_path, environment=lines)

    assert (found.broadcaster_url, found.dialect) == (address, dialect)


def test_an_address_without_a_key_is_told(tmp_path: Path) -> None:
    """The variable of the key is referred to all the same, so that it only has to be filled in."""
    (tmp_path / ".env").write_text("REVERB_HOST=ws.example.com\nREVERB_APP_KEY=\n")

    assert ".env: REVERB_APP_KEY is missing or empty" in str(read_laravel(tmp_path).remarks)


def test_a_driver_that_sends_nothing_is_told(tmp_path: Path) -> None:
    """The log driver answers authorizations with nothing and publishes nowhere (PROTOCOL.md 10, 26)."""
    found = application(tmp_path, environment="BROADCAST_CONNECTION=log\n", bootstrap=BOOTSTRAP)

    assert [remark.sentence for remark in found.remarks] == [
        ".env: BROADCAST_CONNECTION is 'log': nothing is sent to any broadcaster"
    ]


def test_routes_without_a_guard_are_told(tmp_path: Path) -> None:
    """A bearer token means nothing to a route that asks for a session (PROTOCOL.md 10, 16)."""
    found = application(tmp_path, bootstrap="<?php Broadcast::routes();")

    assert [remark.sentence.partition(" (")[0] for remark in found.remarks] == ["the broadcasting routes name no guard"]
    assert found.authorize == "POST /broadcasting/auth"


def test_the_event_of_several_is_the_one_about_messages(tmp_path: Path) -> None:
    """The name on the wire is what broadcastAs gives, else the class with its namespace."""
    named = EVENT.replace(
        "public function broadcastOn() {}", "public function broadcastAs() { return 'message.sent'; }"
    )
    plain = "<?php class AccountClosed implements ShouldBroadcast {}"
    queued = named.replace("BroadcastNow", "Broadcast")
    found = application(tmp_path, event=plain, other=queued)

    assert (found.event, found.publishes) == ("message.sent", "")
    assert application(tmp_path, event=plain, other="<?php class Nothing {}").event == "AccountClosed"


def test_a_file_that_cannot_be_read_adds_nothing(tmp_path: Path) -> None:
    """A folder in the place of a file is nothing to fail at."""
    (tmp_path / "routes" / "api.php").mkdir(parents=True)

    assert application(tmp_path).login == ""
