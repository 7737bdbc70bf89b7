"""
How the servers of a remote target are reached: further headers, TLS of their own, an HTTP proxy in between.

What the file takes from the environment here (a token of a gateway, the password of a proxy) is secret.
"""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit
from urllib.request import proxy_bypass_environment  # type: ignore[attr-defined]  # typeshed leaves it out

import msgspec

from harness.config.document import Place, referenced

ENVIRONMENT: Final = "environment"
"""Stands for the proxies that HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY name."""

_SECRET_HEADERS: Final = frozenset({"authorization", "proxy-authorization", "cookie"})
_PLAIN_SCHEME: Final = {"ws": "http", "wss": "https"}


class Tls(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    What is asked of a certificate, and which one is shown.

    `ca` is a file of authorities that are trusted besides those of the system; `verify = false` trusts anybody.
    `certificate` and `key` are files, for servers that want to know who calls; the key may stand in the certificate's.
    """

    ca: str = ""
    """File of authorities that are trusted besides the system's."""
    verify: bool = True
    """`false` trusts anybody."""
    certificate: str = ""
    """File of the certificate that we show."""
    key: str = ""
    """File of its key, where that stands in no certificate file."""


class Transport(msgspec.Struct, frozen=True, kw_only=True):
    """
    What goes along with every request to one server, and which way.

    `proxy` is the address of an HTTP proxy, "" for none. `table` names where all this is declared, for complaints.
    """

    headers: tuple[tuple[str, str], ...] = ()
    tls: Tls = Tls()
    proxy: str = ""
    secrets: tuple[str, ...] = ()
    table: str = ""

    def __repr__(self) -> str:
        named = ", ".join(name for name, _ in self.headers)
        return f"Transport(headers=<{named}>, tls={self.tls!r}, proxy={'…' if self.proxy else ''!r})"


DIRECT: Final = Transport()
"""Straight to the server, with nothing besides."""


def transport(
    read: Any, table: Mapping[str, Any], variables: Mapping[str, str], place: Place, *, url: str
) -> Transport:
    """
    Give the way to a server at `url` from its table: as it was `read`, and as it stands in the file.

    Raise `UsageError` for a header that cannot be sent, a file that is not there, and a proxy that is no address.
    """
    proxy = _proxy(read.proxy, variables, place.below("proxy"), url)
    known = {value for name, value in read.headers.items() if name.lower() in _SECRET_HEADERS}
    known |= referenced({"headers": table.get("headers"), "proxy": table.get("proxy")}, variables)
    if password := urlsplit(proxy).password:
        known.add(password)
    for name, value in read.headers.items():
        if not _is_sendable(name, value):
            raise place.below(f"headers.{name}").error("cannot be sent: a header is one line of printable ASCII")
    return Transport(
        headers=tuple(read.headers.items()),
        tls=_tls(read.tls, place.below("tls")),
        proxy=proxy,
        secrets=tuple(sorted(known)),
        table=f"[{place.key}]",
    )


def _is_sendable(name: str, value: str) -> bool:
    is_name = bool(name) and name.isascii() and name.replace("-", "").replace("_", "").isalnum()
    return is_name and value.isascii() and value.isprintable()


def _tls(read: Tls, place: Place) -> Tls:
    """Find the files beside the one that names them."""
    found = {}
    for name in ("ca", "certificate", "key"):
        text = getattr(read, name)
        file = place.file.parent / text
        if text and not file.is_file():
            raise place.below(name).error(f"is {text!r}, and there is no file {file}")
        found[name] = str(file) if text else ""
    if read.key and not read.certificate:
        raise place.below("certificate").error("is missing, and a key is of use with its certificate only")
    return msgspec.structs.replace(read, **found)


def _proxy(text: str, variables: Mapping[str, str], place: Place, url: str) -> str:
    proxy = _of_environment(variables, url) if text == ENVIRONMENT else text
    if not proxy:
        return ""
    try:
        parts = urlsplit(proxy)
        is_usable = parts.scheme == "http" and bool(parts.hostname) and parts.port != 0 and parts.path in ("", "/")
    except ValueError:
        is_usable = False
    if not is_usable:
        found = "the environment names" if text == ENVIRONMENT else "is"
        shown = proxy.rpartition("@")[2]
        raise place.error(f'{found} {shown!r}; write "http://host:port", or "environment" for what HTTPS_PROXY says')
    return proxy.rstrip("/")


def _of_environment(variables: Mapping[str, str], url: str) -> str:
    """Give the proxy that the environment has for an address, as other tools read it; "" for none."""
    proxies = {
        name.lower().removesuffix("_proxy"): value
        for name, value in variables.items()
        if name.lower().endswith("_proxy") and value
    }
    parts = urlsplit(url)
    if proxy_bypass_environment(parts.netloc, proxies):
        return ""
    scheme = _PLAIN_SCHEME.get(parts.scheme, parts.scheme)
    return proxies.get(scheme) or proxies.get("all", "")
