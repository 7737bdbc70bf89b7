"""What stands beside the reference servers: the variables of official images, a password, a way to be ready."""

import pytest

from harness.topology.beside import OFFICIAL, database, redis


@pytest.mark.parametrize("kind", ["postgresql", "mariadb"])
def test_a_database_has_a_password_of_its_own(kind: str) -> None:
    """The backend is given the same one, and knows the database by its name in the network."""
    one, other = database(kind), database(kind, "mine:1")
    (password,) = (
        value for name, value in one.service.environment.items() if name.endswith("_PASSWORD") and value != "1"
    )

    assert f":{password}@{kind}/" in one.url
    assert one.url != other.url
    assert (one.service.image, other.service.image) == (OFFICIAL[kind], "mine:1")
    assert one.service.ready


def test_a_store_for_several_nodes() -> None:
    """It needs nothing but an image."""
    assert (redis().image, redis("mine:1").image) == (OFFICIAL["redis"], "mine:1")
