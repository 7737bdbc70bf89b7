"""Section 1: the address of a server, the request to upgrade, and the first frame."""

from harness.conformance.bench import Bench
from harness.conformance.case import Known, Row, case, cases

GREETED = {"reverb": Known("established", "PROTOCOL.md 13")}


@case("1.1.1", expects="established")
async def test_a_client_is_greeted(bench: Bench) -> str:
    """A client asks for the app by its key, as SDKs do."""
    return (await bench.open()).greeting


@cases(
    Row("1.2.1", "A client asks for the root of the server.", "/"),
    Row("1.2.2", "A client asks for a path that is no app's.", "/foo"),
    expects=("http 404", "error 4005 then closed 4005"),
    tolerates="http 4??",
    known={"reverb": Known("http 404", "PROTOCOL.md 13")},
)
async def test_a_path_that_is_no_apps(bench: Bench, path: str) -> str:
    """A client asks for something else than an app."""
    return (await bench.open(path=path)).greeting
