"""Systems behind gateways and proxies: what must go along goes along, each way is taken, and what fails says why."""

import asyncio
import ssl
from collections.abc import Callable
from typing import Any

import pytest

from harness import expect
from harness.config import TargetDeclaration
from harness.errors import EnvironmentFault, Refused, UsageError
from harness.topology import Deployment
from harness.topology.target import Target

pytestmark = pytest.mark.asyncio

Declared = Callable[..., TargetDeclaration]
Attached = Callable[[TargetDeclaration], Target]
GATE = "the-password-of-the-gate"
HEADERS = 'headers = { X-Gate = "${GATE}" }'


def behind(gateway: Any, running: Deployment, *lines: str, trust: str) -> list[tuple[str, str]]:
    """Give the changes to the file that put both servers behind a gateway."""
    broadcaster = running.target.broadcaster
    more = "\n".join(("", f"tls = {{ {trust} }}", *lines, ""))
    return [
        (f'url = "{running.target.backend.url}"\n', f'url = "https://localhost:{gateway.port}/chat"{more}'),
        (f'url = "{broadcaster.url}"\n', f'url = "wss://localhost:{gateway.port}/sockets"{more}'),
        (f'api_url = "{broadcaster.api_url}"\n', f'api_url = "https://localhost:{gateway.port}/sockets"\n'),
    ]


async def delivered(target: Target) -> None:
    """Let a message go from alice to bob."""
    async with target.world() as world:
        alice, bob = world.person("alice"), world.person("bob")
        conversation = world.conversation
        await world.open()
        await bob.join(conversation)
        message = await alice.send(conversation, "through it all")
        await expect(bob).to_receive(message)


@pytest.mark.parametrize("trust", ['ca = "LOOPBACK"', "verify = false"])
async def test_a_gateway_with_tls_prefixes_and_a_header_of_its_own(
    gateway: Any, running: Deployment, declared: Declared, attached: Attached, loopback: str, trust: str
) -> None:
    """A whole delivery goes below path prefixes, with the header on each request and each upgrade."""
    changes = behind(gateway, running, HEADERS, trust=trust.replace("LOOPBACK", loopback))
    with attached(declared(*changes, GATE=GATE)) as target:
        await delivered(target)
        kept = "".join(str(event) for event in target.history.events)
    assert any(line.startswith("POST /chat/api/login") for line in gateway.asked)
    assert any(line.startswith("GET /sockets/app/") for line in gateway.asked)
    assert GATE not in kept


async def test_who_lacks_the_header_is_told_what_answered(
    gateway: Any, running: Deployment, declared: Declared, attached: Attached
) -> None:
    """The gateway's own answer is shown, and is no fault of anything behind it."""
    with attached(declared(*behind(gateway, running, trust="verify = false"))) as target:
        world = target.world()
        with pytest.raises(Refused, match="403"):
            await world.person("alice").log_in()
        with pytest.raises(Refused, match="403"):
            await world.person("bob").connect()
        await world.close()


async def test_a_certificate_that_nobody_vouches_for(
    gateway: Any, running: Deployment, declared: Declared, attached: Attached
) -> None:
    """Both hops say whose it is, and which setting trusts it."""
    changes = behind(gateway, running, trust="verify = true")
    with attached(declared(*changes)) as target:
        world = target.world()
        for act, table in (("log_in", "backend"), ("connect", "broadcaster")):
            with pytest.raises(EnvironmentFault) as fault:
                await getattr(world.person("alice"), act)()
            assert "certificate of localhost is not trusted (self-signed certificate)" in str(fault.value)
            assert f'[targets.up.{table}], as in tls = {{ ca = "file.pem" }}' in str(fault.value)
        await world.close()


async def test_a_server_may_want_to_know_who_calls(
    running: Deployment, declared: Declared, attached: Attached, front: Callable[..., Any], loopback: str
) -> None:
    """The certificate of the declaration is shown to both servers."""
    target = running.target
    addresses = {"/chat": target.backend.url, "/sockets": target.broadcaster.url}
    upstreams = {prefix: ("127.0.0.1", int(url.rpartition(":")[2])) for prefix, url in addresses.items()}
    gateway = front(upstreams=upstreams, is_secure=True)
    gateway._context.load_verify_locations(loopback)
    gateway._context.verify_mode = ssl.CERT_REQUIRED
    shown = f'verify = false, certificate = "{loopback}"'
    with attached(declared(*behind(gateway, running, trust=shown))) as here:
        await delivered(here)


@pytest.mark.parametrize("is_secure", [False, True])
async def test_an_http_proxy_in_between(
    gateway: Any,
    running: Deployment,
    declared: Declared,
    attached: Attached,
    front: Callable[..., Any],
    *,
    is_secure: bool,
) -> None:
    """Requests go through it, and WebSockets through a tunnel that it opens, with TLS inside where there is any."""
    proxy = front()
    line = f'proxy = "http://me:hush-hush-hush@127.0.0.1:{proxy.port}"'
    if is_secure:
        changes = behind(gateway, running, HEADERS, line, trust="verify = false")
    else:
        urls = (running.target.backend.url, running.target.broadcaster.url)
        changes = [(f'url = "{url}"\n', f'url = "{url}"\n{line}\n') for url in urls]
    declaration = declared(*changes, GATE=GATE)
    with attached(declaration) as target:
        await delivered(target)
    methods = {asked.partition(" ")[0] for asked in proxy.asked}
    assert methods >= ({"CONNECT"} if is_secure else {"CONNECT", "POST"})
    assert "through an HTTP proxy" in declaration.why_not("faults")
    assert "hush" not in repr(declaration)


async def test_a_proxy_that_says_no(declared: Declared, attached: Attached, running: Deployment, front: Any) -> None:
    """Its answer is told, with the setting; one that is not there as well."""
    proxy = front(gate="another")
    url = running.target.broadcaster.url
    changes = (f'url = "{url}"\n', f'url = "{url}"\nproxy = "http://127.0.0.1:{proxy.port}"\n')
    with attached(declared(changes)) as target:
        world = target.world()
        with pytest.raises(
            EnvironmentFault, match=r"answered CONNECT with 403 .*look at `proxy` of \[targets.up.broad"
        ):
            await world.person("alice").connect()
        await world.close()


async def test_a_name_that_nobody_has(declared: Declared, attached: Attached, running: Deployment) -> None:
    """Both hops name it, and the setting it stands in."""
    target = running.target
    changes = [
        (f'url = "{target.backend.url}"\n', 'url = "http://nowhere.invalid"\n'),
        (f'url = "{target.broadcaster.url}"\n', 'url = "ws://nowhere.invalid"\n'),
    ]
    with attached(declared(*changes)) as here:
        world = here.world()
        for act, table in (("log_in", "backend"), ("connect", "broadcaster")):
            with pytest.raises(EnvironmentFault, match=r"nowhere.invalid cannot be resolved") as fault:
                await getattr(world.person("alice"), act)()
            assert f"`url` of [targets.up.{table}]" in str(fault.value)
        await world.close()


async def test_tls_that_is_none(declared: Declared, attached: Attached, running: Deployment) -> None:
    """An https address of a server that speaks none is told from a server that is down."""
    url = running.target.backend.url
    with attached(declared((f'url = "{url}"\n', f'url = "{url.replace("http:", "https:")}"\n'))) as target:
        world = target.world()
        with pytest.raises(EnvironmentFault, match=r"does not agree on TLS .*is the scheme in `url`"):
            await world.person("alice").log_in()
        await world.close()


async def test_people_are_spread_over_the_nodes(
    declared: Declared, attached: Attached, running: Deployment, front: Callable[..., Any]
) -> None:
    """Each of the declared addresses gets its share of the sockets."""
    url = running.target.broadcaster.url
    node = front(upstreams={"/node": ("127.0.0.1", int(url.rpartition(":")[2]))})
    urls = f'urls = ["{url}", "ws://127.0.0.1:{node.port}/node"]\n'
    declaration = declared((f'url = "{url}"\n', urls))
    assert declaration.broadcaster.nodes == 2
    with attached(declaration) as target:
        await delivered(target)
    assert len(node.asked) == 1


async def test_events_may_have_several_names(declared: Declared, attached: Attached, running: Deployment) -> None:
    """A backend that broadcasts under one of the names is understood, whichever is asked for."""
    url = running.target.backend.url
    names = r'event = { name = ["App\\Events\\MessageSent", ".MessageSent"] }'
    with attached(declared((f'url = "{url}"\n', f'url = "{url}"\n{names}\n'))) as target:
        assert target.declaration.backend.contract.event.names == ("App\\Events\\MessageSent", "MessageSent")
        await delivered(target)
        async with target.world() as world:
            alice, bob = world.person("alice"), world.person("bob")
            conversation = world.conversation
            await world.open()
            his = await bob.join(conversation)
            await alice.send(conversation, "by any name")
            await expect(his).to_receive("App\\Events\\MessageSent")


@pytest.mark.parametrize("line", ["tls = {{ ca = {file!r} }}", "tls = {{ certificate = {file!r} }}"])
async def test_a_file_without_a_certificate(
    declared: Declared, attached: Attached, running: Deployment, tmp_path: Any, line: str
) -> None:
    """It is named, with the key, before anything is asked."""
    url, empty = running.target.backend.url, tmp_path / "empty.pem"
    empty.write_text("nothing")
    secure = url.replace("http:", "https:")
    changes = (f'url = "{url}"\n', f'url = "{secure}"\n{line.format(file=str(empty))}\n')
    with attached(declared(changes)) as target, pytest.raises(UsageError, match=r"tls\.c.*empty.pem"):
        target.world().person("alice")


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (
            "302 Found\r\nLocation: https://app.example.com/login?next=x",
            "redirects to https://app.example.com/login: look",
        ),
        (
            "200 OK\r\nContent-Type: text/html",
            "this is a page: look at `url` of [targets.up.broadcaster]; something else",
        ),
        ("404 Not Found\r\nContent-Type: text/html; charset=UTF-8", "this is a page: look at `url`"),
        ("429 Too Many Requests", "the server limits connections: lower `may.requests_per_second`"),
        ("403 Forbidden", "was refused: 403"),
    ],
)
async def test_what_answers_an_upgrade_with_something_else(
    running: Deployment, declared: Declared, attached: Attached, answer: str, expected: str
) -> None:
    """A page, a redirect or a limit in front of the broadcaster is told from the broadcaster's own refusal."""

    async def say(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(f"HTTP/1.1 {answer}\r\nContent-Length: 2\r\n\r\nno".encode())
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(say, "127.0.0.1", 0)
    old, port = running.target.broadcaster.url, server.sockets[0].getsockname()[1]
    with attached(declared((f'url = "{old}"\n', f'url = "ws://127.0.0.1:{port}"\n'))) as target:
        world = target.world()
        with pytest.raises(Refused) as refused:
            await world.person("alice").connect()
        assert expected in str(refused.value)
        await world.close()
    server.close()
