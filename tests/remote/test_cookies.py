"""A single-page application's login against a real backend: sessions are counted and ended as tokens are."""

from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from harness import expect
from harness.commands.target_file import declaration_text
from harness.config import own_target
from harness.config.document import read_document
from harness.config.targets import declared_target
from harness.errors import AuthorizationDenied, LoginRefused
from harness.history.recorder import Recorder
from harness.topology import open_deployment
from harness.topology.remote import RemoteDeployment
from harness.topology.target import Target

pytestmark = pytest.mark.asyncio


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run a stack whose backend logs in by cookies, and give the file that declares it as a remote target."""
    own, folder = own_target("spa", "embedded"), tmp_path_factory.mktemp("spa")
    contract = msgspec.structs.replace(own.backend.contract, authentication="cookie")
    declared = msgspec.structs.replace(own, backend=msgspec.structs.replace(own.backend, contract=contract))
    deployment = open_deployment(declared, seed=1, folder=folder, cache=folder)
    yield declaration_text(deployment.target)
    deployment.stop()


@pytest.fixture
def target(text: str, tmp_path: Path) -> Callable[..., Target]:
    """Give what attaches to it, with a line of the file replaced."""

    def target(old: str = "", new: str = "") -> Target:
        assert old in text
        file = tmp_path / "realtime.toml"
        file.write_text(text.replace(old, new) if old else text, encoding="utf-8")
        return Target(RemoteDeployment(declared_target("up", read_document(file), {})), Recorder())

    return target


async def test_people_who_log_in_by_cookies_do_everything(target: Callable[..., Target]) -> None:
    """A new person joins and hears; no cookie stands in the history; a log-out ends the session."""
    with target() as spa:
        async with spa.world() as world:
            alice = await world.user("alice")
            bob = await world.new_user()
            conversation = await world.new_conversation(alice, bob)
            await bob.join(conversation)
            message = await alice.send(conversation, "by cookie")
            await expect(bob).to_receive(message)
            session = bob.session.token
            assert session is not None
            assert session.startswith("laravel_session=")
            await bob.log_out()
            with pytest.raises(AuthorizationDenied) as denied:
                await bob.join(conversation)
            assert denied.value.status == 401
        assert session.split(";")[0].partition("=")[2] not in "".join(map(str, spa.history.events))


async def test_without_a_csrf_value_nobody_comes_in(target: Callable[..., Target]) -> None:
    """The reason is told with its settings, and so is a backend that gives tokens after all."""
    line = 'authentication = "cookie"'
    with target(line, f'{line}\ncsrf = {{ header = "X-CSRF-TOKEN" }}') as wrong:
        world = wrong.world()
        with pytest.raises(
            LoginRefused, match=r"419[\s\S]*look at `authentication` and `csrf` of \[targets.up.backend"
        ):
            await world.person("alice").log_in()
        await world.close()


async def test_a_page_that_is_asked_for_a_token_has_none(target: Callable[..., Target]) -> None:
    """Declared as a bearer login, the same backend refuses for the CSRF value that nobody shows."""
    with target('authentication = "cookie"', 'authentication = "bearer"') as wrong:
        world = wrong.world()
        with pytest.raises(LoginRefused, match=r"419[\s\S]*`authentication`"):
            await world.person("alice").log_in()
        await world.close()


async def test_a_login_that_sets_no_cookie_is_no_session(declared: Callable[..., object]) -> None:
    """A backend with tokens, declared as one with cookies, is told apart."""
    line = 'revokes = "closes"\n'
    declaration = declared((line, f'{line}authentication = "cookie"\ncsrf = {{ request = "" }}\n'))
    with Target(RemoteDeployment(declaration), Recorder()) as wrong:  # type: ignore[arg-type]
        world = wrong.world()
        with pytest.raises(LoginRefused, match=r"a session cookie at `Set-Cookie`, where there is none"):
            await world.person("alice").log_in()
        await world.close()
