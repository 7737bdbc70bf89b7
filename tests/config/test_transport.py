"""The way to a remote target's servers, from its table: what goes along, whom to trust, which proxy."""

import tomllib
from pathlib import Path

import pytest

from harness.config.declarations import TargetDeclaration
from harness.config.document import Document, Place
from harness.config.targets import declared_target
from harness.config.transport import DIRECT, Tls, Transport
from harness.errors import UsageError


def declared(backend: str = "", broadcaster: str = 'url = "wss://b.example"', **variables: str) -> TargetDeclaration:
    """Declare a target with these lines in the tables of its servers."""
    text = (
        f'[targets.far]\ntopology = "remote"\n[targets.far.backend]\nurl = "https://a.example"\n{backend}\n'
        f'[targets.far.broadcaster]\nkey = "k"\n{broadcaster}\n'
    )
    return declared_target("far", Document(Place(Path("realtime.toml")), tomllib.loads(text)), variables)


def test_without_a_word_the_way_is_direct() -> None:
    """No header, no proxy, the system's authorities."""
    way = declared().backend.transport
    assert way == Transport(table="[targets.far.backend]")
    assert (way.headers, way.tls, way.proxy) == (DIRECT.headers, Tls(), "")


def test_what_comes_from_the_environment_is_secret() -> None:
    """The values of variables in headers and proxies, of credentials, and the password of a proxy; others are not."""
    target = declared(
        'headers = { X-Gate = "${GATE}", Authorization = "Basic abc", Origin = "https://app.example" }\n'
        'proxy = "http://me:pass@proxy:3128/"',
        GATE="opens the gate",
    )
    way = target.backend.transport
    assert way.headers == (
        ("X-Gate", "opens the gate"),
        ("Authorization", "Basic abc"),
        ("Origin", "https://app.example"),
    )
    assert way.secrets == ("Basic abc", "opens the gate", "pass")
    assert way.proxy == "http://me:pass@proxy:3128"
    assert "opens" not in repr(target)
    assert "pass" not in repr(way)


@pytest.mark.parametrize(
    ("variables", "proxy"),
    [
        ({}, ""),
        ({"HTTPS_PROXY": "http://p:1"}, "http://p:1"),
        ({"https_proxy": "http://p:1", "no_proxy": ".example"}, ""),
        ({"ALL_PROXY": "http://q:2"}, "http://q:2"),
        ({"HTTP_PROXY": "http://p:1"}, ""),
        ({"HTTPS_PROXY": "http://p:1", "NO_PROXY": "other.example"}, "http://p:1"),
    ],
)
def test_the_proxies_of_the_environment_count_where_that_is_said(variables: dict[str, str], proxy: str) -> None:
    """For both servers, by the scheme of their addresses, unless NO_PROXY names them."""
    line = 'proxy = "environment"'
    target = declared(line, f'url = "wss://b.example"\n{line}', **variables)
    assert (target.backend.transport.proxy, target.broadcaster.transport.proxy) == (proxy, proxy)
    assert declared(**variables).backend.transport.proxy == ""


@pytest.mark.parametrize(
    ("backend", "complaint"),
    [
        ('headers = { "X Y" = "1" }', "backend.headers.X Y cannot be sent"),
        ('headers = { X = "a\\nb" }', "backend.headers.X cannot be sent"),
        ('tls = { ca = "no.pem" }', "backend.tls.ca is 'no.pem', and there is no file no.pem"),
        ('tls = { key = "pyproject.toml" }', "backend.tls.certificate is missing"),
        ("tls = { verify = 1 }", "backend.tls.verify is a whole number, not true or false"),
        ("tls = { cafile = 1 }", "backend.tls.cafile is no key that is known here; allowed are ca, verify"),
        ('proxy = "socks5://p:1"', "backend.proxy is 'socks5://p:1'; write \"http://host:port\""),
        ('proxy = "http://me:hush@p:0"', "backend.proxy is 'p:0'; write"),
        ('proxy = "http://p:x"', "backend.proxy is 'http://p:x'; write"),
    ],
)
def test_what_cannot_be_is_one_sentence(
    backend: str, complaint: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It names the key and what is allowed, and no password."""
    (tmp_path / "pyproject.toml").touch()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError) as error:
        declared(backend)
    assert complaint in str(error.value)
    assert "hush" not in str(error.value)


def test_a_proxy_of_the_environment_that_is_none() -> None:
    """It says whose it is."""
    with pytest.raises(UsageError, match="proxy the environment names 'socks5://p:1'"):
        declared('proxy = "environment"', HTTPS_PROXY="socks5://p:1")


@pytest.mark.parametrize(
    ("broadcaster", "complaint"),
    [
        ("", "broadcaster.url is missing; write it, or urls ="),
        ('url = "ws://a"\nurls = ["ws://b"]', "broadcaster.url stands beside urls"),
        ('urls = ["ws://a", "http://b"]', r"broadcaster.urls\[1\] is 'http://b'"),
    ],
)
def test_a_broadcaster_has_an_address_or_several(broadcaster: str, complaint: str) -> None:
    """One of both keys, and each address by itself."""
    with pytest.raises(UsageError, match=complaint):
        declared(broadcaster=broadcaster)


def test_several_nodes_are_one_broadcaster() -> None:
    """The first is where its API is asked."""
    found = declared(broadcaster='urls = ["wss://a.example/x", "wss://b.example"]').broadcaster
    assert (found.url, found.other_urls, found.nodes) == ("wss://a.example/x", ("wss://b.example",), 2)
    assert found.api_url == "https://a.example/x"
