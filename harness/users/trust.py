"""TLS contexts: which certificates are believed, and which one is shown."""

import functools
import ssl

from harness.config import Tls
from harness.errors import UsageError

_SYSTEM = Tls()


@functools.cache
def tls(declared: Tls = _SYSTEM) -> ssl.SSLContext:
    """
    Make the one context that all connections of this process with these settings share.

    Each costs 34 ms (PERFORMANCE.md, section 3). Raises `UsageError` for a file that holds no certificate or key.
    """
    context = ssl.create_default_context()
    if not declared.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    try:
        if declared.ca:
            context.load_verify_locations(declared.ca)
    except (ssl.SSLError, OSError) as error:
        raise UsageError(f"tls.ca names {declared.ca}, which holds no certificate: {error}") from None
    try:
        if declared.certificate:
            # A key that wants a passphrase would ask for it on the terminal; an empty one makes it fail instead.
            context.load_cert_chain(declared.certificate, declared.key or None, password="")
    except (ssl.SSLError, OSError) as error:
        held = f"{declared.certificate} and {declared.key}" if declared.key else declared.certificate
        raise UsageError(f"tls.certificate and tls.key: {held} hold no certificate with its key: {error}") from None
    return context
