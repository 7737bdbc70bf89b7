"""Tests of password hashes."""

import hashlib
from typing import Any

import pytest

from harness.servers.backend.passwords import COSTS, Cost, Hasher


def test_a_password_is_recognized_by_its_hash() -> None:
    """The right password verifies, every other one does not, and no hash shows the password."""
    hasher = Hasher("cheapest")
    stored = hasher.make("كلمة السر")

    assert hasher.verify("كلمة السر", stored)
    assert not hasher.verify("كلمة السر ", stored)
    assert not hasher.verify("", stored)
    assert "كلمة" not in stored


def test_every_hash_has_a_salt_of_its_own() -> None:
    """Two people with one password cannot be told by their hashes."""
    hasher = Hasher("cheapest")

    assert hasher.make("same") != hasher.make("same")


def test_a_hash_carries_its_parameters() -> None:
    """A hash made at the proper price is verified at that price, whatever a hasher makes itself."""
    stored = Hasher("proper").make("secret")

    assert stored.startswith("scrypt$131072$8$1$")
    assert Hasher("cheapest").verify("secret", stored)


def test_the_prices_are_the_least_and_the_recommended_one() -> None:
    """Cheapest is scrypt's minimum, proper is OWASP's, and only the proper one is worth a thread."""
    assert (COSTS["cheapest"], COSTS["proper"]) == (Cost(2, 1, 1), Cost(2**17, 8, 1))
    assert Hasher("proper").is_costly
    assert not Hasher("cheapest").is_costly


def test_nobody_costs_what_a_wrong_password_costs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a hash to compare with, the same work is done once, and the answer is no."""
    hasher, work = Hasher("cheapest"), []
    stored, scrypt = hasher.make("right"), hashlib.scrypt

    def counted(password: bytes, **parameters: Any) -> bytes:
        work.append((parameters["n"], parameters["r"], parameters["p"], parameters["dklen"]))
        return scrypt(password, **parameters)

    monkeypatch.setattr(hashlib, "scrypt", counted)

    assert not hasher.verify("wrong", stored)
    assert not hasher.verify("wrong", None)
    assert len(work) == 2
    assert work[0] == work[1]
