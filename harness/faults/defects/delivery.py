"""What arrives, and who is shown as present (DEFECTS.md, 3.3 and 3.4, and what concerns payloads)."""

from typing import Final

from harness.faults.defects.defect import Defect

DELIVERY: Final = (
    Defect(
        "DE-20",
        "a message that is too long is stored, and heard by nobody",
        "backend",
        ("payload.stored-unheard",),
        ("stored_and_delivered",),
    ),
    Defect(
        "DE-24",
        "the sender's e-mail address and password hash are broadcast",
        "backend",
        ("payload.secret-disclosed",),
        ("other_participant_hears",),
    ),
    Defect(
        "OP-22",
        "an error shows its stack",
        "backend",
        ("payload.internals-disclosed",),
        ("colleague_who_is_no_participant",),
    ),
    Defect(
        "PR-09", "e-mail addresses stand in user_info", "backend", ("payload.secret-disclosed",), ("test_presence",)
    ),
)
