"""Who is who: logins and tokens (DEFECTS.md, 3.1)."""

from typing import Final

from harness.faults.defects.defect import Defect

AUTHENTICATION: Final = (
    Defect(
        "AU-01",
        "the authorization endpoint asks for no token",
        "backend",
        ("authorization.granted-without-credential",),
        ("without_a_living_token",),
    ),
    Defect(
        "AU-02",
        "the secret half of a token is not compared",
        "backend",
        ("authorization.granted-without-credential",),
        ("without_a_living_token",),
    ),
    Defect(
        "AU-02:scheme",
        "a token is taken under any scheme",
        "backend",
        ("authorization.granted-without-credential",),
        ("test_decisions",),
    ),
    Defect(
        "AU-03",
        "a log-out revokes nothing",
        "backend",
        ("authorization.granted-without-credential",),
        ("revoked_token",),
    ),
    Defect(
        "AU-04",
        "an expired token is recognized",
        "backend",
        ("authorization.granted-without-credential",),
        ("expired_token",),
    ),
    Defect(
        "AU-05",
        "the token of a closed account is recognized",
        "backend",
        ("authorization.granted-without-credential",),
        ("known_by_hears_nothing_more[account]",),
    ),
    Defect(
        "AU-06",
        "the abilities of a token are not looked at",
        "backend",
        ("authorization.granted-without-ability",),
        ("test_decisions",),
    ),
    Defect(
        "AU-07",
        "whoever shows no token is redirected",
        "backend",
        ("authorization.no-decision",),
        ("without_a_living_token",),
    ),
    Defect(
        "AU-07:html",
        "whoever shows no token gets an error page",
        "backend",
        ("authorization.error",),
        ("without_a_living_token",),
    ),
    Defect(
        "AU-08",
        "the endpoint wants a session cookie",
        "backend",
        ("authorization.denied-to-insider",),
        ("form_and_json",),
    ),
    Defect("AU-09", "a JSON body is refused", "backend", ("authorization.denied-to-insider",), ("form_and_json",)),
    Defect(
        "AU-10",
        "the broadcast driver is null",
        "backend",
        ("authorization.denied-to-insider",),
        ("colleague_who_is_no_participant",),
    ),
    Defect(
        "AU-11",
        "a login gives the token of somebody else",
        "backend",
        ("authorization.logged-in-as-another",),
        ("same_moment",),
    ),
    Defect(
        "AU-12",
        "the first identity is remembered",
        "backend",
        ("authorization.granted-to-outsider", "authorization.denied-to-insider"),
        ("test_authorization",),
    ),
    Defect(
        "AU-13",
        "wrong passwords are not counted",
        "backend",
        ("authorization.login-unlimited",),
        ("guesses_passwords",),
    ),
    Defect(
        "AU-14",
        "whoever authorizes often is turned away",
        "backend",
        ("authorization.denied-to-insider",),
        ("come_back_at_once",),
    ),
    Defect(
        "AU-16",
        "an ended token leaves its connections open",
        "backend",
        ("isolation.heard-after-logout",),
        ("expires_takes", "revoking_all"),
    ),
    Defect(
        "AU-17",
        "a log-out leaves the connections open",
        "backend",
        ("isolation.heard-after-logout",),
        ("known_by_hears_nothing_more[log-out]",),
    ),
)
