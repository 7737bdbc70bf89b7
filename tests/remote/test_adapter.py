"""A backend in Python: verbs of a project's own ask in its way, and everything else is judged as ever."""

import sys
from collections.abc import Callable, Iterator
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

from harness import Backend, expect
from harness.commands.target_file import declaration_text
from harness.config import TargetDeclaration
from harness.errors import AuthorizationDenied, LoginRefused, NotExercised, UsageError
from harness.history.events import HttpAnswered
from harness.history.recorder import Recorder
from harness.topology import Deployment, open_deployment
from harness.topology.target import Target
from harness.users.adapter import VERBS, load

pytestmark = pytest.mark.asyncio

Declared = Callable[..., TargetDeclaration]

OWN = """
from harness import Backend

class Ours(Backend):
    async def log_in(self, http, *, email, password, **limits):
        await http.request("GET", "/api/user")          # a first step that no table can say
        answer = await http.request("POST", "/api/login", form={"email": email, "password": password}, secret="token")
        return answer.at("token")

    async def authorize(self, http, *, socket_id, channel_name):
        fields = {"socket_id": socket_id, "channel_name": channel_name}
        answer = await http.request("POST", "/api/broadcasting/auth", json=fields)
        return answer.data if answer.outcome == "ok" else None

    async def send(self, http, *, conversation, text):
        answer = await http.request("POST", f"/api/conversations/{conversation}/messages", json={"body": text})
        return answer.at("data.id")

    async def read(self, http, *, conversation, after=""):
        answer = await http.request("GET", f"/api/conversations/{conversation}/messages", json={"after": after or 0})
        return answer.at("data")

    async def create(self, http, *, participants):
        answer = await http.request("POST", "/api/conversations", json={"participants": participants})
        return answer.at("data.id")

    async def who(self, http):
        return (await http.request("GET", "/api/user")).at("id")

class Silent(Backend):
    async def log_in(self, http, *, email, password, **limits):
        return "a token out of nowhere"

class Sync(Backend):
    def send(self, http, *, conversation, text):
        return 1

class Nothing(Backend):
    pass

class Unmade(Backend):
    async def who(self, http): ...
    def __init__(self, url): ...

class Another:
    pass
"""


@pytest.fixture
def named(running: Deployment, declared: Declared, tmp_path: Path) -> Iterator[Declared]:
    """Give what declares the stack with an adapter of that name, and without the routes that it has verbs for."""
    (tmp_path / "their_backend.py").write_text(OWN)
    url = f'url = "{running.target.backend.url}"\n'

    def named(adapter: str) -> TargetDeclaration:
        routes = "".join(f"{route} = false\n" for route in ("authorize", "send", "read", "create", "user"))
        login = next(line for line in _lines(running) if line.startswith("login = "))
        return declared((url, f'{url}adapter = "{adapter}"\n{routes}'), (f"{login}\n", "login = false\n"))

    yield named
    sys.modules.pop("their_backend", None)


def _lines(running: Deployment) -> list[str]:
    return declaration_text(running.target).splitlines()


def attached(declaration: TargetDeclaration) -> Target:
    """Attach as a run does."""
    return Target(open_deployment(declaration, seed=1, folder=Path(), cache=Path()), Recorder())


async def test_a_whole_conversation_goes_through_the_adapter(named: Declared) -> None:
    """Login, authorization, conversation, message and catching up; a denial and a wrong password are what they are."""
    with attached(named("their_backend:Ours")) as target:
        async with target.world() as world:
            alice, bob, eve = (world.person(name) for name in ("alice", "bob", "eve"))
            conversation = world.conversation
            await world.open()
            await bob.join(conversation)
            message = await alice.send(conversation, "in our own way")
            await expect(bob).to_receive(message)
            assert [one.text for one in await bob.read(conversation)] == ["in our own way"]
            with pytest.raises(AuthorizationDenied) as denied:
                await eve.join(conversation)
            assert denied.value.status == 403
            assert await bob.identify() == await bob.backend_id()
            with pytest.raises(LoginRefused) as refused:
                await bob.log_in(password="wrong")
            assert refused.value.status == 422
            with pytest.raises(NotExercised, match="the adapter's authorize decides which fields go out, and how"):
                await bob.authorize(conversation.channel, encoding="query")
        logins = [one for one in target.history.events if isinstance(one, HttpAnswered) and one.purpose == "log in"]
        assert [one.status for one in logins[:2]] in ([401, 200], [401, 401])
        assert not any(alice.session.token in str(event) for event in target.history.events if alice.session.token)


async def test_a_verb_that_asks_nothing_is_wrong(named: Declared) -> None:
    """Whatever it gives: nothing could be judged."""
    with attached(named("their_backend:Silent")) as target:
        world = target.world()
        with pytest.raises(UsageError, match="the adapter's log_in asked the backend nothing"):
            await world.person("alice").log_in()
        await world.close()


@pytest.mark.parametrize(
    ("adapter", "complaint"),
    [
        ("nowhere.at_all:Ours", "cannot be imported: ModuleNotFoundError: No module named 'nowhere'"),
        ("their_backend:Mine", "the module their_backend has no 'Mine'"),
        ("their_backend:Another", "is no class that derives from harness.Backend"),
        ("their_backend:Nothing", "overrides none of the verbs log_in, log_out, who, authorize, send"),
        ("their_backend:Sync", "send is no coroutine function; write `async def send(self, http, …)`"),
        ("their_backend:Unmade", "cannot be made: TypeError: "),
        ("unheard-of", 'is no entry point of the group realtime.backends (known: none); or write "module:Class"'),
    ],
)
async def test_what_is_no_adapter_is_one_sentence(named: Declared, adapter: str, complaint: str) -> None:
    """It names the setting, and what is wrong, before anything is asked."""
    with pytest.raises(UsageError) as error:
        attached(named(adapter))
    assert str(error.value).startswith(f"[targets.up.backend] adapter = {adapter!r}: ")
    assert complaint in str(error.value)


async def test_an_entry_point_has_a_name(named: Declared, monkeypatch: Any) -> None:
    """An installed package offers its adapter that way."""
    point = EntryPoint(name="ours", value="their_backend:Ours", group="realtime.backends")
    monkeypatch.setattr("harness.users.adapter.entry_points", lambda group: [point] if "backends" in group else [])
    found = load(named("ours"))
    assert type(found).__name__ == "Ours"


async def test_every_verb_is_documented_and_none_is_served_by_the_base() -> None:
    """Whoever derives reads what each gives."""
    assert set(VERBS.values()) == {name for name in vars(Backend) if not name.startswith("_")}
    assert all(getattr(Backend, verb).__doc__ for verb in VERBS.values())
    wanted: dict[str, dict[str, Any]] = {
        "log_in": {"email": "a", "password": "b"},
        "authorize": {"socket_id": "1.1", "channel_name": "a"},
        "send": {"conversation": "1", "text": "a"},
        "read": {"conversation": "1"},
        "create": {"participants": []},
        "add_participant": {"conversation": "1", "user": "2"},
        "remove_participant": {"conversation": "1", "user": "2"},
        "delete_conversation": {"conversation": "1"},
        "register": {"name": "a", "email": "b", "password": "c"},
    }
    http: Any = None
    for verb in VERBS.values():
        with pytest.raises(NotImplementedError):
            await getattr(Backend(), verb)(http, **wanted.get(verb, {}))
