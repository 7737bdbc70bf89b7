"""What stands beside the reference servers where they need it: a database, a store for several nodes."""

import secrets
from dataclasses import dataclass
from typing import Final

from harness.topology.service import Service

OFFICIAL: Final = {
    "postgresql": "postgres:17-alpine@sha256:742f40ea20b9ff2ff31db5458d127452988a2164df9e17441e191f3b72252193",
    "mariadb": "mariadb:11.4@sha256:a794d9eb009e20de605858a11f32f63b4075cbd197c650436f0e3b457e4caed7",
    "redis": "redis:7-alpine@sha256:6ab0b6e7381779332f97b8ca76193e45b0756f38d4c0dcda72dbb3c32061ab99",
}
"""The images that are used unless `REALTIME_…_IMAGE` names others; those take the same variables."""

_USER: Final = "realtime"


@dataclass(frozen=True)
class Database:
    """A database server, the URL by which the backend reaches it, and the driver that the backend needs."""

    service: Service
    url: str
    driver: str


def database(kind: str, image: str = "") -> Database:
    """Plan a database of this kind, with a password of its own."""
    password = secrets.token_hex(12)
    plan = {"postgresql": _postgresql, "mariadb": _mariadb}[kind]
    return plan(image or OFFICIAL[kind], password)


def redis(image: str = "") -> Service:
    """Plan the store through which several nodes are one."""
    return Service(name="redis", image=image or OFFICIAL["redis"], port=6379, ready=("redis-cli", "ping"))


def _postgresql(image: str, password: str) -> Database:
    service = Service(
        name="postgresql",
        image=image,
        port=5432,
        environment={"POSTGRES_USER": _USER, "POSTGRES_PASSWORD": password, "POSTGRES_DB": _USER},
        # Over TCP: while it is set up, the official image listens on its own socket only.
        ready=("pg_isready", "-q", "-h", "127.0.0.1", "-U", _USER, "-d", _USER),
    )
    return Database(service, f"postgresql+psycopg://{_USER}:{password}@{service.name}/{_USER}", "psycopg")


def _mariadb(image: str, password: str) -> Database:
    service = Service(
        name="mariadb",
        image=image,
        port=3306,
        environment={
            "MARIADB_USER": _USER,
            "MARIADB_PASSWORD": password,
            "MARIADB_DATABASE": _USER,
            "MARIADB_RANDOM_ROOT_PASSWORD": "1",
        },
        ready=("mariadb", "-h", "127.0.0.1", f"-u{_USER}", f"-p{password}", "-e", "SELECT 1", _USER),
    )
    url = f"mysql+pymysql://{_USER}:{password}@{service.name}/{_USER}?charset=utf8mb4"
    return Database(service, url, "pymysql")
