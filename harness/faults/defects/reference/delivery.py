"""What arrives, and who is shown as present (DEFECTS.md, 3.3 and 3.4)."""

from typing import Final

from harness.faults.defects.defect import Defect

DELIVERY: Final = (
    Defect(
        "DE-01",
        "a message is stored and never broadcast",
        "backend",
        ("delivery.never-broadcast",),
        ("other_participant_hears",),
    ),
    Defect(
        "DE-02",
        "a broadcast that fails is not told of",
        "backend",
        ("delivery.never-broadcast",),
        ("other_participant_hears",),
    ),
    Defect(
        "DE-06",
        "a broadcast is retried after it was done",
        "backend",
        ("delivery.duplicated",),
        ("exactly_once", "in_the_order"),
    ),
    Defect(
        "DE-08",
        "a worker sleeps between two looks at its queue",
        "backend",
        ("latency.budget-exceeded",),
        ("test_latency",),
    ),
    Defect("DE-09", "slow jobs stand before a broadcast", "backend", ("latency.budget-exceeded",), ("test_latency",)),
    Defect(
        "DE-10",
        "an event goes to every conversation of its sender",
        "backend",
        ("isolation.heard-on-wrong-channel",),
        ("do_not_mix",),
    ),
    Defect(
        "DE-11",
        "an event holds the text of the message before",
        "backend",
        ("payload.altered",),
        ("other_participant_hears",),
    ),
    Defect(
        "DE-12", "the sending connection hears its own message", "backend", ("delivery.own-echo",), ("hears_no_echo",)
    ),
    Defect("DE-13", "the sender is left out as a person", "both", ("delivery.lost",), ("hears_no_echo",)),
    Defect(
        "DE-15",
        "the event has the name of its class",
        "backend",
        ("delivery.never-broadcast",),
        ("other_participant_hears",),
    ),
    Defect(
        "DE-16",
        "the guarding prefix of the channel is doubled",
        "backend",
        ("delivery.never-broadcast",),
        ("other_participant_hears",),
    ),
    Defect(
        "DE-20",
        "a message that is too long is stored, and heard by nobody",
        "backend",
        ("payload.stored-unheard",),
        ("stored_and_delivered",),
    ),
    Defect(
        "DE-21",
        "a limit of bytes is counted in letters",
        "backend",
        ("payload.stored-unheard",),
        ("stored_and_delivered",),
    ),
    Defect("DE-22", "every other long event is cut", "broadcaster", ("api.published-unheard",), ("heard_whole",)),
    Defect("DE-23", "an id goes out as text", "backend", ("payload.type-changed",), ("other_participant_hears",)),
    Defect(
        "DE-24",
        "the sender's e-mail address and password hash are broadcast",
        "backend",
        ("payload.secret-disclosed",),
        ("other_participant_hears",),
    ),
    Defect(
        "DE-25",
        "the event goes out before the message is committed",
        "backend",
        ("consistency.heard-but-not-stored",),
        ("stored_already",),
    ),
    Defect(
        "DE-26",
        "the event goes out and the message is rolled back",
        "backend",
        ("consistency.heard-but-not-stored",),
        ("stored_and_delivered",),
    ),
    Defect(
        "DE-28",
        "catching up leaves out the first that was missed",
        "backend",
        ("consistency.sent-but-not-stored", "delivery.missed-for-good"),
        ("catches_up",),
    ),
    Defect(
        "DE-29",
        "catching up skips one message at each border of a page",
        "backend",
        ("consistency.sent-but-not-stored",),
        ("long_absence",),
    ),
    Defect(
        "DE-30",
        "the last of many listeners are not reached",
        "broadcaster",
        ("delivery.lost",),
        ("last_of_many_devices",),
    ),
    Defect(
        "DE-31",
        "one event of a batch that nobody hears ends it",
        "broadcaster",
        ("api.published-unheard",),
        ("a_batch_reaches",),
    ),
    Defect(
        "PR-01",
        "every connection of a person is announced",
        "broadcaster",
        ("membership.added-twice",),
        ("test_devices", "second_device"),
    ),
    Defect(
        "PR-02",
        "a person is said to leave with any connection",
        "broadcaster",
        ("membership.removed-while-present",),
        ("test_devices", "second_device"),
    ),
    Defect(
        "PR-08",
        "whoever comes is taken back and announced again",
        "broadcaster",
        ("membership.removed-while-present",),
        ("test_devices",),
    ),
    Defect(
        "PR-09", "e-mail addresses stand in user_info", "backend", ("payload.secret-disclosed",), ("test_presence",)
    ),
)
