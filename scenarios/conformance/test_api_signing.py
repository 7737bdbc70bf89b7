"""Section 11, signing: whom the HTTP API believes."""

import hashlib
import json
from typing import Any

from harness.conformance.api import Signing
from harness.conformance.api_words import ERRORS, SEEN, SIGNING, UNAUTHORIZED, listener, said
from harness.conformance.bench import Bench
from harness.conformance.case import Known, Row, case, cases

NEEDS = ("api",)
BODY = '{"name":"MessageSent","channel":"%s","data":"{}"}'
EMPTY_MD5 = hashlib.md5(b"", usedforsecurity=False).hexdigest()


async def _published(bench: Bench, signing: Signing, *, signed: bool = True, **more: Any) -> str:
    """Publish, and say whether somebody heard it, since an answer alone proves nothing."""
    peer = await listener(bench, channel := bench.channel())
    answer = await bench.api("POST", "/events", BODY % channel, signed=signed, signing=signing, **more)
    heard = await peer.heard()
    return said(answer) if heard == "nothing" else f"{said(answer)} then {heard}"


HEARD = "http 200 then event MessageSent"
BELIEVES_ALL = {"pusher-fake": Known(HEARD, SIGNING)}
REFUSED = {"soketi": UNAUTHORIZED["soketi"], **BELIEVES_ALL}
NOT_COMPARED = {"reverb": Known(HEARD, SIGNING), "soketi": Known(HEARD, SIGNING), **BELIEVES_ALL}


@case("11.2.1", expects="http 401", known=REFUSED, needs=NEEDS)
async def test_a_call_without_a_signature(bench: Bench) -> str:
    """An event is published without any parameter of a signature."""
    return await _published(bench, Signing(), signed=False)


@cases(
    Row("11.2.2", "A call is signed with another secret.", Signing(secret="x" * 20)),
    Row("11.2.3", "A call is signed with an empty secret.", Signing(secret="")),
    Row("11.2.4", "A call is sent with another body than was signed.", Signing(signed_body=b'{"name":"other"}')),
    Row("11.2.5", "A call is signed for another method.", Signing(method="GET")),
    Row("11.2.6", "A call is signed for another route.", Signing(path="/apps/1/batch_events")),
    Row("11.2.7", "The signature of a call is empty.", Signing(instead={"auth_signature": ""})),
    Row("11.2.8", "The signature of a call is no hexadecimal number.", Signing(instead={"auth_signature": "z" * 64})),
    Row("11.2.9", "The signature of a call is missing.", Signing(without=("auth_signature",))),
    Row("11.2.10", "A parameter is added after signing.", Signing(instead={"info": "user_count"})),
    Row("11.2.11", "The version of the signature is changed after signing.", Signing(instead={"auth_version": "2.0"})),
    Row("11.2.12", "The time stamp is changed after signing.", Signing(instead={"auth_timestamp": "1760000000"})),
    Row("11.2.13", "The time stamp is taken out after signing.", Signing(without=("auth_timestamp",))),
    expects="http 401",
    known=REFUSED,
    needs=NEEDS,
)
async def test_signatures_that_are_not_of_the_call(bench: Bench, signing: Any) -> str:
    """A call has a signature that is not its own."""
    return await _published(bench, signing)


@case("11.2.14", expects="http 401", known=NOT_COMPARED, needs=NEEDS)
async def test_the_key_of_nobody(bench: Bench) -> str:
    """A call is signed with the secret of the app, and names a key that is nobody's."""
    return await _published(bench, Signing(key="nobodys-key"))


@cases(
    Row("11.2.15", "A call was signed an hour ago.", Signing(seconds_off=-3600)),
    Row("11.2.16", "A call was signed eleven minutes ago.", Signing(seconds_off=-660)),
    Row("11.2.17", "A call was signed for an hour from now.", Signing(seconds_off=3600)),
    expects="http 401",
    known=NOT_COMPARED,
    needs=NEEDS,
)
async def test_signatures_of_another_time(bench: Bench, signing: Any) -> str:
    """A call has a time stamp outside of ten minutes."""
    return await _published(bench, signing)


@cases(
    Row("11.2.18", "A call was signed nine minutes ago.", Signing(seconds_off=-540)),
    Row("11.2.19", "A call was signed for nine minutes from now.", Signing(seconds_off=540)),
    Row("11.2.20", "A call is signed just now.", Signing()),
    expects=HEARD,
    needs=NEEDS,
)
async def test_signatures_in_time(bench: Bench, signing: Any) -> str:
    """A call has a time stamp within ten minutes."""
    return await _published(bench, signing)


@case("11.2.21", needs=NEEDS, known=dict.fromkeys(("reverb", "pusher"), Known("http 200 then http 200", SEEN)))
async def test_a_call_twice(bench: Bench) -> str:
    """One and the same signed call is sent twice."""
    params = Signing().params(bench.server.app("main"), "POST", _events(bench), body := _body(bench), {})
    answers = [await bench.api("POST", "/events", body, signed=False, params=params) for _ in range(2)]
    return " then ".join(map(said, answers))


@case("11.2.22", expects="http 401", tolerates="http 200", known=UNAUTHORIZED, needs=NEEDS)
async def test_a_signature_in_capitals(bench: Bench) -> str:
    """The signature of a call is written in capitals."""
    params = Signing().params(bench.server.app("main"), "POST", _events(bench), body := _body(bench), {})
    params["auth_signature"] = params["auth_signature"].upper()
    return said(await bench.api("POST", "/events", body, signed=False, params=params))


@case("11.2.23", expects="http 200", needs=NEEDS)
async def test_parameters_in_another_order(bench: Bench) -> str:
    """The parameters of a call are sent in another order than they were signed."""
    params = Signing().params(bench.server.app("main"), "POST", _events(bench), body := _body(bench), {})
    shuffled = dict(sorted(params.items(), reverse=True))
    return said(await bench.api("POST", "/events", body, signed=False, params=shuffled))


@case("11.2.24", expects="http 200", known={"reverb": Known("http 401", SIGNING)}, needs=NEEDS)
async def test_a_question_that_signs_its_empty_body(bench: Bench) -> str:
    """A GET is signed with the digest of an empty body, as the Python SDK does."""
    return said(await bench.api("GET", "/channels", params={"body_md5": EMPTY_MD5}))


@case("11.2.25", expects="http 200", needs=NEEDS)
async def test_a_question_that_signs_no_body(bench: Bench) -> str:
    """A GET is signed without the digest of a body, as the PHP SDK does."""
    return said(await bench.api("GET", "/channels"))


@case("11.2.26", expects="http 401", known=UNAUTHORIZED, needs=NEEDS)
async def test_a_question_without_a_signature(bench: Bench) -> str:
    """The channels are asked for without a signature."""
    return said(await bench.api("GET", "/channels", signed=False))


@case("11.2.27", expects="http 401", known=UNAUTHORIZED, needs=NEEDS)
async def test_ending_connections_without_a_signature(bench: Bench) -> str:
    """The connections of somebody are to be ended without a signature."""
    return said(await bench.api("POST", "/users/1/terminate_connections", "{}", signed=False))


@case("11.2.28", expects="http 401", known=UNAUTHORIZED, needs=NEEDS)
async def test_a_batch_without_a_signature(bench: Bench) -> str:
    """A batch is published without a signature."""
    batch = {"batch": [{"name": "MessageSent", "channel": bench.channel(), "data": "{}"}]}
    return said(await bench.api("POST", "/batch_events", batch, signed=False))


@case(
    "11.2.29",
    expects="http 404",
    tolerates="http 4??",
    known={"soketi": Known("http 200 error 404", SEEN)},
    needs=NEEDS,
)
async def test_an_app_that_does_not_exist(bench: Bench) -> str:
    """A call is signed rightly for an app that does not exist."""
    return said(await bench.api("GET", "/apps/nobodys-app/channels"))


@case(
    "11.2.30", expects=("http 401", "http 404"), tolerates="http 4??", known=UNAUTHORIZED, needs=("api", "app:second")
)
async def test_the_credentials_of_another_app(bench: Bench) -> str:
    """A call of one app is signed with key and secret of another app of the same server."""
    return said(await bench.api("GET", f"/apps/{bench.server.app('main').id}/channels", app="second"))


@case("11.2.31", known={"reverb": Known("http 200", ERRORS)}, needs=NEEDS)
async def test_the_parameters_of_a_signature_in_the_body(bench: Bench) -> str:
    """The body of a signed call holds members that are called as the parameters of a signature are."""
    body = json.loads(_body(bench)) | {"auth_key": "x", "auth_signature": "y"}
    return said(await bench.api("POST", "/events", body))


def _events(bench: Bench) -> str:
    return f"/apps/{bench.server.app('main').id}/events"


def _body(bench: Bench) -> bytes:
    return (BODY % bench.channel()).encode()
