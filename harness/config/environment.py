"""The environment: this file alone reads it, so that a run's inputs can be listed from one place."""

import os
import sys
from collections.abc import Mapping
from io import StringIO
from pathlib import Path

from dotenv import dotenv_values


def variables() -> Mapping[str, str]:
    """Give the environment as it is now."""
    return os.environ


def with_file(file: Path) -> Mapping[str, str]:
    """
    Give the environment as it is now, and what a file of NAME=value lines adds to it; the environment wins.

    Raises `OSError` or `ValueError` where the file cannot be read.
    """
    read = dotenv_values(stream=StringIO(file.read_text(encoding="utf-8")))
    return {**{name: value for name, value in read.items() if value}, **os.environ}


def cache_folder() -> Path:
    """
    Name the folder of seeded worlds; it need not exist.

    `REALTIME_CACHE` wins, then `XDG_CACHE_HOME`, then the platform's own place for caches.
    """
    if chosen := os.environ.get("REALTIME_CACHE"):
        return Path(chosen)
    if shared := os.environ.get("XDG_CACHE_HOME"):
        return Path(shared) / "realtime-harness"
    ours = Path("Library/Caches/realtime-harness") if sys.platform == "darwin" else Path(".cache/realtime-harness")
    return Path(os.path.expanduser("~")) / ours  # noqa: PTH111 - Path.home() raises where a user has no home


def child_environment() -> dict[str, str]:
    """Give a child process our environment with the folder that holds our package first on its path."""
    package_parent = str(Path(__file__).resolve().parents[2])
    inherited = os.environ.get("PYTHONPATH")
    path = f"{package_parent}{os.pathsep}{inherited}" if inherited else package_parent
    return {**os.environ, "PYTHONPATH": path}


def engine_address() -> str:
    """Name the Docker engine, as Docker's own tools do; empty for the one on this machine."""
    return os.environ.get("DOCKER_HOST", "")


def base_image() -> str:
    """Name what the images of the reference servers are built on, where no target says so; empty for the default."""
    return os.environ.get("REALTIME_BASE_IMAGE", "")


def image_of(service: str) -> str:
    """Name the image of a service beside the reference servers; empty for the official one."""
    return os.environ.get(f"REALTIME_{service.upper()}_IMAGE", "")


def is_github_job() -> bool:
    """Tell whether GitHub Actions, or a runner that works as it does, reads what we print."""
    return os.environ.get("GITHUB_ACTIONS") == "true"


def step_summary() -> Path | None:
    """Name the file that such a runner shows on the page of the job; None without one."""
    named = os.environ.get("GITHUB_STEP_SUMMARY")
    return Path(named) if named else None
