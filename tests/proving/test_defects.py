"""The suite can fail: every defect of the servers is caught by the scenarios that are there for it."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from harness.servers.backend.defects import DEFECTS as OF_BACKEND
from harness.servers.broadcaster.defects import DEFECTS as OF_BROADCASTER
from tests.proving.defective import VARIABLES

ROOT = Path(__file__).parents[2]
DEFECTS = {"backend": OF_BACKEND, "broadcaster": OF_BROADCASTER}
PATIENCE = 120
"""Seconds after which a run is stuck; one takes two."""

OUTSIDER, CREDENTIAL = "authorization.granted-to-outsider", "authorization.granted-without-credential"
INSIDER, ALIAS = "authorization.denied-to-insider", "authorization.alias-granted"
FORGERY, FORGED_EVENT = "subscription.forgery-accepted", "subscription.forged-event-delivered"
PUSHER = "pusher"
UNHEARD, SLOW = "delivery.never-broadcast", "latency.budget-exceeded"
PHANTOM, UNSTORED = "consistency.heard-but-not-stored", "consistency.sent-but-not-stored"
EARLY_FAREWELL = "membership.removed-while-present"
FORGED_CALL, TAKEN_UNHEARD = "api.forgery-accepted", "api.published-unheard"
AFTER_LOGOUT = "isolation.heard-after-logout"


class Row(NamedTuple):
    """A defect, which scenarios catch it, what is observed (one of these at least), and what the broadcaster speaks."""

    defect: str
    scenarios: str
    observed: tuple[str, ...]
    dialect: str = "reverb"


ROWS = (
    Row("AU-01", "without_a_living_token", (CREDENTIAL,)),
    Row("AU-02", "without_a_living_token", (CREDENTIAL,)),
    Row("AU-02:scheme", "test_decisions", (CREDENTIAL,)),
    Row("AU-03", "revoked_token", (CREDENTIAL,)),
    Row("AU-04", "expired_token", (CREDENTIAL,)),
    Row("AU-05", "gives_up and account", (CREDENTIAL,)),
    Row("AU-06", "test_decisions", ("authorization.granted-without-ability",)),
    Row("AU-07", "without_a_living_token", ("authorization.no-decision",)),
    Row("AU-07:html", "without_a_living_token", ("authorization.error",)),
    Row("AU-08", "form_and_json", (INSIDER,)),
    Row("AU-09", "form_and_json", (INSIDER,)),
    Row("AU-10", "colleague_who_is_no_participant", (INSIDER,)),
    Row("AU-11", "same_moment", ()),
    Row("AU-12", "test_authorization", (OUTSIDER, INSIDER)),
    Row("AU-16", "expires_takes or revoking_all", (AFTER_LOGOUT,)),
    Row("AU-17", "gives_up and log-out", (AFTER_LOGOUT,)),
    Row("AZ-01", "colleague_who_is_no_participant", (OUTSIDER,)),
    Row("AZ-02", "colleague_who_is_no_participant", (OUTSIDER,)),
    Row("AZ-03", "public_twin", ("isolation.heard-on-public-twin",)),
    Row("AZ-04", "number_of_another_company", (OUTSIDER,)),
    Row("AZ-05", "test_decisions", (OUTSIDER,)),
    Row("AZ-06", "conversation_of_another_company", (OUTSIDER,)),
    Row("AZ-07", "removed_hears", ()),
    Row("AZ-08", "removed_hears", ("isolation.heard-after-removal",)),
    Row("AZ-09", "deleted_conversation", ("isolation.heard-after-deletion",)),
    Row("AZ-10", "added_may_join", (INSIDER,)),
    Row("AZ-11", "own_name_is_signed", (OUTSIDER, ALIAS)),
    Row("AZ-11:database", "id_written_otherwise", (OUTSIDER, ALIAS)),
    Row("AZ-12", "id_written_otherwise", (OUTSIDER, ALIAS)),
    Row("AZ-12:float", "id_written_otherwise", (OUTSIDER, ALIAS)),
    Row("AZ-12:newline", "id_written_otherwise", (OUTSIDER, ALIAS)),
    Row("AZ-12:plus", "id_written_otherwise", (OUTSIDER, ALIAS)),
    Row("AZ-12:blank", "id_written_otherwise", (OUTSIDER, ALIAS)),
    Row("AZ-12:nul", "id_written_otherwise", (OUTSIDER, ALIAS)),
    Row("AZ-13", "id_written_otherwise", (OUTSIDER, ALIAS)),
    Row("AZ-14", "own_name_is_signed", (OUTSIDER, ALIAS)),
    Row("AZ-15", "id_written_otherwise", ("authorization.error",)),
    Row("AZ-16", "name_written_otherwise", (OUTSIDER, ALIAS)),
    Row("AZ-17", "name_written_otherwise", (OUTSIDER, ALIAS)),
    Row("AZ-18", "name_written_otherwise", (OUTSIDER, ALIAS)),
    Row("AZ-19", "name_written_otherwise", (OUTSIDER, ALIAS)),
    Row("AZ-20", "name_written_otherwise", (OUTSIDER, ALIAS)),
    Row("AZ-21", "colleague_who_is_no_participant", (OUTSIDER,)),
    Row("AZ-22", "test_decisions", (OUTSIDER,)),
    Row("AZ-23", "of_another_socket", (FORGERY,)),
    Row("AZ-24", "another_socket_channel_or_kind", (FORGERY,)),
    Row("AZ-25", "no_forgery_opens_a_conversation", (FORGERY,)),
    Row("AZ-25:unchecked", "tampered_signature", (FORGERY,)),
    Row("AZ-26", "no_forgery_opens_a_conversation", (FORGERY,), PUSHER),
    Row("AZ-27", "holds_the_data", (FORGERY,), PUSHER),
    Row("AZ-29", "no_forgery_opens_a_presence_channel", (FORGERY,)),
    Row("AZ-31", "nobody_listens_unseen", (FORGERY,), PUSHER),
    Row("AZ-32", "no_member_is_not_heard", (FORGED_EVENT,)),
    Row("AZ-33", "in_another_name", (FORGED_EVENT,)),
    Row("AZ-34", "for_the_server_alone", (FORGED_EVENT,), PUSHER),
    Row("AZ-35", "speak_as_the_server", (FORGED_EVENT,)),
    Row("AZ-28", "what_is_no_socket", ("authorization.malformed-socket-signed",)),
    Row("AZ-30", "chooses_how_they_are_shown", ("membership.identity-spoofed",)),
    Row("AZ-36", "outside_writes", ("authorization.sent-by-outsider",)),
    Row("AZ-36:read", "outside_reads", ()),
    Row("AZ-37", "writes_in_another_name", ("authorization.sent-in-another-name",)),
    Row("AZ-40", "another_company_sees_nobody", ()),
    Row("DE-01", "other_participant_hears", (UNHEARD,)),
    Row("DE-02", "other_participant_hears", (UNHEARD,)),
    Row("DE-06", "exactly_once or in_the_order", ("delivery.duplicated",)),
    Row("DE-08", "test_latency", (SLOW,)),
    Row("DE-09", "test_latency", (SLOW,)),
    Row("DE-10", "do_not_mix", ("isolation.heard-on-wrong-channel",)),
    Row("DE-11", "other_participant_hears", ("payload.altered",)),
    Row("DE-12", "hears_no_echo", ("delivery.own-echo",)),
    Row("DE-13", "hears_no_echo", ("delivery.lost",)),
    Row("DE-15", "other_participant_hears", (UNHEARD,)),
    Row("DE-16", "other_participant_hears", (UNHEARD,)),
    Row("DE-21", "stored_and_delivered", ("payload.stored-unheard",)),
    Row("DE-22", "heard_whole", (TAKEN_UNHEARD,)),
    Row("DE-23", "other_participant_hears", ("payload.type-changed",)),
    Row("DE-25", "stored_already", (PHANTOM,)),
    Row("DE-26", "stored_and_delivered", (PHANTOM,)),
    Row("DE-28", "catches_up", (UNSTORED, "delivery.missed-for-good")),
    Row("DE-29", "long_absence", (UNSTORED,)),
    Row("DE-30", "last_of_many_devices", ("delivery.lost",)),
    Row("DE-31", "a_batch_reaches", (TAKEN_UNHEARD,)),
    Row("HT-01", "goes_to_nobody", (FORGED_CALL,)),
    Row("HT-02", "goes_to_nobody", (FORGED_CALL,)),
    Row("HT-03", "covers_the_body", (FORGED_CALL,)),
    Row("HT-04", "goes_to_nobody", (FORGED_CALL,), PUSHER),
    Row("HT-05", "goes_to_nobody", (FORGED_CALL,), PUSHER),
    Row("HT-07", "any_order", ("api.refused",)),
    Row("HT-09", "nothing_is_told", (FORGED_CALL,)),
    Row("HT-10", "left_out", ("api.refused",)),
    Row("HT-11", "than_documented", (TAKEN_UNHEARD,), PUSHER),
    Row("HT-12", "mistake_is_told", ("api.error",), PUSHER),
    Row("AU-14", "come_back_at_once", (INSIDER,)),
    Row("HT-14", "right_password", ("payload.secret-disclosed",)),
    Row("OP-12", "other_participant_hears", ("authorization.error",)),
    Row("OP-13", "other_participant_hears", ("authorization.error",)),
    Row("OP-18", "come_back_at_once", ("authorization.error",)),
    Row("CO-02", "test_silence", ("protocol.silence-unnoticed",)),
    Row("CO-05", "test_silence", ("protocol.given-up-early",)),
    Row("CO-06", "restart_of_the_broadcaster and stop", ("protocol.told-not-to-return",)),
    Row("CO-17", "test_robustness and JSON", ()),
    Row("CO-18", "name_that_is_none", ("subscription.name-unchecked",), PUSHER),
    Row("HT-08", "removed_hears", ("isolation.heard-after-removal",)),
    Row("PR-01", "test_devices or second_device", ("membership.added-twice",)),
    Row("PR-02", "test_devices or second_device", (EARLY_FAREWELL,)),
    Row("PR-08", "test_devices", (EARLY_FAREWELL,)),
    Row("OP-03", "other_participant_hears", ("authorization.signature-invalid",)),
    Row("OP-10", "other_participant_hears", (UNHEARD,)),
    Row("OP-11", "other_participant_hears", (UNHEARD,)),
    Row("DE-20", "stored_and_delivered", ("payload.stored-unheard",)),
    Row("DE-24", "other_participant_hears", ("payload.secret-disclosed",)),
    Row("OP-22", "colleague_who_is_no_participant", ("payload.internals-disclosed",)),
    Row("PR-09", "test_presence", ("payload.secret-disclosed",)),
)
"""No observation where the scenario itself says what is wrong."""


def verdict_of(folder: Path, row: Row) -> dict[str, Any]:
    """Run the scenarios of a row on servers with its defect, and give what became of it."""
    config = folder / "realtime.toml"
    config.write_text(f'[targets.embedded.broadcaster]\ndialect = "{row.dialect}"\n', encoding="utf-8")
    defects = {name: row.defect if row.defect in known else "" for name, known in DEFECTS.items()}
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "tests.proving.defective",
        "-p",
        "no:cacheprovider",
        "-q",
        "scenarios",
    ]
    ran = subprocess.run(
        [
            *(*command, "-k", row.scenarios),
            *(f"--realtime-report={folder}", "--realtime-tier=pr", f"--realtime-config={config}"),
        ],
        cwd=ROOT,
        env=os.environ | {VARIABLES[server]: defect for server, defect in defects.items()},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    verdict = folder / "latest" / "verdict.json"
    assert verdict.exists(), ran.stdout + ran.stderr
    read: dict[str, Any] = json.loads(verdict.read_text("utf-8"))
    return read


@pytest.mark.parametrize("row", ROWS, ids=[row.defect for row in ROWS])
def test_a_defect_is_caught(tmp_path: Path, row: Row) -> None:
    """The run fails, or advises, for the reason that the defect gives it."""
    verdict = verdict_of(tmp_path, row)

    seen = {one["id"] for kind in ("findings", "advice") for one in verdict[kind]}
    assert verdict["verdict"] == "FAIL" or seen & set(row.observed), verdict["doubts"]
    assert not row.observed or seen & set(row.observed), seen


@pytest.mark.parametrize("dialect", ["reverb", PUSHER])
def test_healthy_servers_pass_the_same_way(tmp_path: Path, dialect: str) -> None:
    """Without a defect nothing is found, whatever the broadcaster speaks."""
    scenarios = "test_authorization or test_signatures or test_client_events or test_subscription or unseen"
    scenarios += " or test_http_api or test_devices or long_absence"
    verdict = verdict_of(tmp_path, Row("", scenarios, (), dialect))

    assert (verdict["verdict"], verdict["findings"]) == ("PASS", [])


def test_every_defect_is_proven() -> None:
    """A defect that nothing catches would be no help to anybody."""
    assert {row.defect for row in ROWS} == set().union(*DEFECTS.values())
