"""Connections, the broadcaster's HTTP API, and how all of it is run (DEFECTS.md, 3.5 to 3.7)."""

from typing import Final

from harness.faults.defects.defect import Defect

OPERATION: Final = (
    Defect(
        "CO-02",
        "whoever is silent is never given up",
        "broadcaster",
        ("protocol.silence-unnoticed",),
        ("test_silence",),
    ),
    Defect(
        "CO-03",
        "whoever subscribes to nothing is never given up",
        "broadcaster",
        ("protocol.unsubscribed-unnoticed",),
        ("test_silence",),
        "pusher",
    ),
    Defect(
        "CO-05",
        "the timeout that is told is not the one that holds",
        "broadcaster",
        ("protocol.given-up-early",),
        ("test_silence",),
    ),
    Defect(
        "CO-06",
        "a server that ends tells clients not to come back",
        "broadcaster",
        ("protocol.told-not-to-return",),
        ("restart_of_the_broadcaster",),
        shows_at_the_end=True,
    ),
    Defect(
        "CO-07:reused",
        "whoever comes next is given the id of whoever went",
        "broadcaster",
        ("protocol.socket-id-repeated",),
        ("at_any_step_is_made_anew[connected]",),
    ),
    Defect(
        "CO-16",
        "what is opened with a connection is not closed with it",
        "broadcaster",
        ("protocol.connections-kept",),
        ("leaves_nothing_behind",),
    ),
    Defect(
        "CO-17",
        "a frame that cannot be read ends all reading",
        "broadcaster",
        ("protocol.ping-unanswered",),
        ("harms_nobody",),
    ),
    Defect(
        "CO-18",
        "any name is taken for a channel's",
        "broadcaster",
        ("subscription.name-unchecked",),
        ("name_that_is_none",),
        "pusher",
    ),
    Defect(
        "CO-19",
        "a reader that is behind holds up everybody",
        "broadcaster",
        ("delivery.lost", "delivery.late", "delivery.never-broadcast"),
        ("holds_up_nobody",),
    ),
    Defect(
        "CO-20",
        "whoever stands still is never given up, and all that is sent meanwhile kept",
        "broadcaster",
        ("protocol.backlog-unbounded",),
        ("holds_up_nobody",),
    ),
    Defect(
        "HT-01", "a call of the API needs no signature", "broadcaster", ("api.forgery-accepted",), ("goes_to_nobody",)
    ),
    Defect(
        "HT-02", "a call may be signed with any secret", "broadcaster", ("api.forgery-accepted",), ("goes_to_nobody",)
    ),
    Defect(
        "HT-03", "the body of a call may be altered", "broadcaster", ("api.forgery-accepted",), ("covers_the_body",)
    ),
    Defect(
        "HT-04",
        "a call may be as old as it likes",
        "broadcaster",
        ("api.forgery-accepted",),
        ("goes_to_nobody",),
        "pusher",
    ),
    Defect(
        "HT-05",
        "the key of a call is not compared",
        "broadcaster",
        ("api.forgery-accepted",),
        ("goes_to_nobody",),
        "pusher",
    ),
    Defect("HT-07", "the parameters of a call must be in order", "broadcaster", ("api.refused",), ("any_order",)),
    Defect(
        "HT-08",
        "nobody is disconnected who shall be",
        "broadcaster",
        ("isolation.heard-after-removal",),
        ("removed_hears",),
    ),
    Defect(
        "HT-09", "what is only asked needs no signature", "broadcaster", ("api.forgery-accepted",), ("nothing_is_told",)
    ),
    Defect("HT-10", "an unknown connection cannot be left out", "broadcaster", ("api.refused",), ("left_out",)),
    Defect(
        "HT-11",
        "what is too much at once is cut",
        "broadcaster",
        ("api.published-unheard",),
        ("than_documented",),
        "pusher",
    ),
    Defect(
        "HT-12",
        "a mistake of the caller is answered with 500",
        "broadcaster",
        ("api.error",),
        ("mistake_is_told",),
        "pusher",
    ),
    Defect(
        "HT-14",
        "a login tells the secret of the broadcaster",
        "backend",
        ("payload.secret-disclosed",),
        ("right_password",),
    ),
    Defect(
        "OP-03",
        "the backend has another secret than the broadcaster",
        "backend",
        ("authorization.signature-invalid",),
        ("other_participant_hears",),
    ),
    Defect(
        "OP-10",
        "no worker looks at the queue",
        "backend",
        ("delivery.never-broadcast",),
        ("in_the_order", "hear_each_other"),
    ),
    Defect(
        "OP-11",
        "the event has the fields of last year",
        "backend",
        ("delivery.never-broadcast",),
        ("other_participant_hears",),
    ),
    Defect(
        "OP-12",
        "the query behind the channel rule is slow",
        "backend",
        ("authorization.error",),
        ("other_participant_hears",),
    ),
    Defect(
        "OP-13",
        "the database is down, and the endpoint waits for it",
        "backend",
        ("authorization.error",),
        ("other_participant_hears",),
    ),
    Defect(
        "OP-13:open",
        "while the database is slow everybody is let in",
        "backend",
        ("authorization.granted-to-outsider",),
        ("slow_database",),
    ),
    Defect(
        "OP-17",
        "a restart loses the last that was stored",
        "backend",
        ("consistency.heard-but-not-stored", "consistency.sent-but-not-stored"),
        ("restart_of_the_backend",),
        shows_at_the_end=True,
    ),
    Defect(
        "OP-18",
        "many authorizations at once are turned away",
        "backend",
        ("authorization.error",),
        ("come_back_at_once",),
    ),
    Defect(
        "OP-22",
        "an error shows its stack",
        "backend",
        ("payload.internals-disclosed",),
        ("colleague_who_is_no_participant",),
    ),
)
