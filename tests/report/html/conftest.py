"""Runs that are told: `runs` is the module that makes reports of them."""

import importlib
import sys
from pathlib import Path
from typing import Any

import pytest

# Folders of tests are no packages, so what two of them share is found by path.
sys.path.append(str(Path(__file__).parent))


@pytest.fixture(scope="session")
def runs() -> Any:
    """Give the module that tells runs."""
    return importlib.import_module("runs")
