"""Section 4: which names a channel may have, and what its name makes of it."""

from typing import Final

from harness.conformance.bench import Bench
from harness.conformance.case import Row, case, cases, seen

LONGEST: Final = 164
"""Characters of a name that every server takes (PROTOCOL.md 3)."""
TAKEN = seen(reverb="succeeded") | seen("3", pusher_fake="succeeded")
REFUSED_BY = TAKEN | seen("3", soketi="subscription_error 4009", sockudo="error 4300")
PUBLIC = {"4.3.1": "Private-{}", "4.3.2": "PRESENCE-{}", "4.3.3": "my-private-{}", "4.3.4": "a-presence-{}"}


@cases(
    Row("4.1.1", "A name of small letters.", "abcxyz"),
    Row("4.1.2", "A name of capitals.", "ABCXYZ"),
    Row("4.1.3", "A name of digits.", "0123456789"),
    Row("4.1.4", "A name with every other character that is allowed.", "a_-=@,.;z"),
    Row("4.1.5", "A name of one character.", ""),
    Row("4.1.6", "A name that begins with a dot.", ".a"),
    Row("4.1.7", "A name of 164 characters.", "x" * LONGEST),
    Row("4.1.8", "A name that begins with a digit and a dash.", "0-a"),
    expects="succeeded",
)
async def test_a_name_that_is_allowed(bench: Bench, name: str) -> str:
    """A client subscribes to a public channel of this name."""
    unique = bench.channel().rpartition("conformance-")[2]
    chosen = name + unique if name else "q"
    return await (await bench.open()).subscribe(chosen[-LONGEST:] if len(chosen) > LONGEST else chosen)


@cases(
    Row("4.2.1", "A name with a space.", "a b"),
    Row("4.2.2", "A name with a colon.", "a:b", known=TAKEN | seen("3", soketi="subscription_error 4009")),
    Row("4.2.3", "A name with a slash.", "a/b"),
    Row("4.2.4", "A name with letters of another script.", "zażółć-日本"),
    Row("4.2.5", "A name with a picture.", "a😀"),
    Row("4.2.6", "A name with a line end.", "a\nb"),
    Row("4.2.7", "A name with a NUL.", "a\0b"),
    Row("4.2.8", "A name with a tab.", "a\tb"),
    Row("4.2.9", "A name with a percent sign.", "a%20b"),
    Row("4.2.10", "A name with quotes.", 'a"b'),
    Row("4.2.11", "A name with a backslash.", "a\\b"),
    Row("4.2.12", "A name with a star.", "a*"),
    Row("4.2.13", "A name with braces.", "a{b}"),
    Row("4.2.14", "A name with a plus sign.", "a+b"),
    Row("4.2.15", "A name with an exclamation mark.", "a!b"),
    Row("4.2.16", "A name with a mark that turns the direction of text.", "a\u202eb"),
    Row("4.2.17", "A name of full-width letters.", "\uff41\uff42\uff43"),
    Row("4.2.18", "A name that ends in a line end.", "a\n"),
    Row("4.2.19", "A name that begins with a number sign.", "#a", known=TAKEN | seen("3", soketi="succeeded")),
    Row(
        "4.2.20",
        "A name of 165 characters.",
        "x" * 165,
        known=TAKEN | seen("3", soketi="succeeded", sockudo="succeeded"),
    ),
    Row("4.2.21", "A name of 201 characters.", "x" * 201),
    Row("4.2.22", "A name of 300 characters.", "x" * 300),
    Row("4.2.23", "A name of five thousand characters.", "x" * 5_000),
    expects="error *",
    tolerates="subscription_error *",
    known=REFUSED_BY,
)
async def test_a_name_that_is_not_allowed(bench: Bench, name: str) -> str:
    """A client subscribes to a public channel of this name."""
    return await (await bench.open()).subscribe(name)


@case("4.2.24", expects="error *", tolerates="subscription_error *", known=seen(reverb="succeeded without a channel"))
async def test_an_empty_name(bench: Bench) -> str:
    """A client subscribes to a channel whose name is empty."""
    alice = await bench.open()
    await alice.send("pusher:subscribe", {"channel": ""})
    heard = await alice.until("*")
    return f"{heard} without a channel" if heard == "succeeded" and not _channel_said(bench) else heard


@cases(
    *(Row(id_, f"A public channel is called {name.format('x')!r}.", name) for id_, name in PUBLIC.items()),
    expects="succeeded",
    known=seen("3", soketi="subscription_error 401"),
)
async def test_a_prefix_is_exact(bench: Bench, name: str) -> str:
    """Only a name that begins with the prefix, in small letters, is that of a guarded channel."""
    return await (await bench.open()).subscribe(name.format(bench.channel()))


@cases(
    Row("4.3.5", "A public channel is called 'privatex'.", "private", known=seen(reverb="error 4009")),
    Row("4.3.6", "A public channel is called 'presencex'.", "presence", known=seen(reverb="error 4009")),
    Row("4.3.7", "A public channel is called 'cached'.", "cached", known=seen(reverb="succeeded then cache_miss")),
    Row("4.3.8", "A public channel is called 'private_x'.", "private_", known=seen("3", reverb="error 4009")),
    expects="succeeded",
)
async def test_a_prefix_has_its_dash(bench: Bench, name: str) -> str:
    """A name that begins as a guarded one, without the dash, is public."""
    return await (await bench.open()).subscribe(f"{name}{bench.channel()}")


@cases(
    Row("4.4.1", "A private channel is called nothing but its prefix.", "private-"),
    Row("4.4.2", "A presence channel is called nothing but its prefix.", "presence-"),
    Row("4.4.3", "A private channel has the prefix twice.", "private-private-x"),
    Row("4.4.4", "A private channel is called as a presence channel behind its prefix.", "private-presence-x"),
    Row("4.4.5", "An encrypted channel is asked for.", "private-encrypted-x"),
    Row("4.4.6", "A private cache channel is asked for.", "private-cache-x"),
    Row("4.4.7", "A presence cache channel is asked for.", "presence-cache-x"),
    expects=("error null", "error 4009"),
    tolerates=("error *", "subscription_error *"),
)
async def test_a_guarded_name_is_not_joined_without_a_signature(bench: Bench, name: str) -> str:
    """A client subscribes to a guarded channel without a signature."""
    return await (await bench.open()).subscribe(name)


@case("4.5.1", known=seen(reverb="escaped"))
async def test_how_a_name_is_written(bench: Bench) -> str:
    """The answer names a channel with a slash, escaped as PHP does or as it is."""
    alice = await bench.open()
    heard = await alice.subscribe(f"a/b-{bench.channel()}")
    if heard != "succeeded":
        return heard
    said = next(str(step["in"]) for step in reversed(bench.log) if "a" in step.get("in", "") and "b-conf" in step["in"])
    return "escaped" if "a\\/b" in said else "as it is"


@case("4.5.2", known=seen(reverb="escaped"))
async def test_how_a_name_of_another_script_is_written(bench: Bench) -> str:
    """The answer names a channel of another script, escaped as PHP does or as it is."""
    alice = await bench.open()
    heard = await alice.subscribe(f"ż-{bench.channel()}")
    if heard != "succeeded":
        return heard
    said = next(str(step["in"]) for step in reversed(bench.log) if "-conformance" in step.get("in", ""))
    return "escaped" if "\\u017c" in said else "as it is"


@case("4.5.3", needs=("secret",), known=seen(reverb="succeeded"))
async def test_a_private_name_of_another_script(bench: Bench) -> str:
    """A private channel whose name is of another script is subscribed to with a good signature."""
    alice = await bench.open()
    return await bench.join(alice, f"private-ż-{bench.channel()}")


@case("4.5.4", expects="nothing", needs=("api",))
async def test_names_are_not_folded(bench: Bench) -> str:
    """An event is published on a channel whose name differs in the case of a letter."""
    alice, channel = await bench.open(), bench.channel()
    await alice.subscribe(f"{channel}-a")
    await bench.publish(f"{channel}-A")
    return await alice.heard()


def _channel_said(bench: Bench) -> bool:
    return any('"channel"' in step.get("in", "") for step in bench.log)
