"""One defect: what is wrong, who can have it, and what must be observed when it is there."""

from typing import Literal

import msgspec


class Defect(msgspec.Struct, frozen=True):
    """
    A way for a system to be wrong: `id` in DEFECTS.md, with a variant behind a colon, and a sentence that `says` it.

    `by` is who misbehaves: one of our servers, both, or the interceptor in front of them, which works on any target.
    `convicted_by` are the observations one of which must be made (`delivery.lost`); `scenarios` are the names, or parts
    of names, of the tests that are likely to make it, and are run first. `dialect` is what the broadcaster must speak
    for the defect to be one. One that `shows_at_the_end` of its server is looked for on a stack of its own, where
    servers may be ended.
    """

    id: str
    says: str
    by: Literal["backend", "broadcaster", "both", "interceptor"]
    convicted_by: tuple[str, ...]
    scenarios: tuple[str, ...]
    dialect: str = ""
    shows_at_the_end: bool = False
