"""
Reports in a real browser: headless Chromium, opened from disk, one browser a file.

A Chromium that is missing is an error, never a skip: nobody would notice that nothing was looked at.
"""

import importlib
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from harness.report.html import render

sys.path.append(str(Path(__file__).parents[1] / "report" / "html"))

_NAMES = ("chromium", "chromium-browser", "google-chrome")
"""What Debian, Ubuntu and the vendor call it."""


@dataclass
class Opened:
    """A report that is open; `complaints` are what the browser had to say, `requests` what it wanted to load."""

    page: Page
    path: Path
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def value(self, script: str) -> Any:
        """Give the value of an expression in the page."""
        return self.page.evaluate(script)


@pytest.fixture(scope="session")
def runs() -> Any:
    """Give the module that tells runs."""
    return importlib.import_module("runs")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start the browser; it ends with the file that used it, for until then no other test can run an event loop."""
    found = next((path for name in _NAMES if (path := shutil.which(name))), None)
    assert found, f"the tests of reports need a Chromium, as {' or '.join(_NAMES)} on the PATH (Debian: chromium)"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def reports(runs: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Write the reports that the tests look at."""
    folder = tmp_path_factory.mktemp("reports")
    long = [("tests/test_chat.py::test_long", runs.exchange(messages=700))]
    made = {
        "failing": runs.failing(),
        "passing": runs.passing(),
        "attacked": runs.failing(runs.UNKIND),
        "long": runs.run_of([*long, ("tests/test_chat.py::test_longer", runs.exchange(messages=600))] * 2),
    }
    for name, report in made.items():
        (folder / f"{name}.html").write_text(render(report), encoding="utf-8")
    return {name: folder / f"{name}.html" for name in made}


@pytest.fixture
def look(browser: Browser, reports: dict[str, Path]) -> Iterator[Callable[..., Opened]]:
    """Open a report from disk; options are those of a browser context (`color_scheme`, `viewport` …)."""
    contexts = []

    def open_(name: str = "failing", fragment: str = "", **options: Any) -> Opened:
        context = browser.new_context(**({"viewport": {"width": 1280, "height": 800}} | options))
        contexts.append(context)
        opened = Opened(context.new_page(), reports[name])
        opened.page.on("console", lambda message: opened.complaints.append(message.text))
        opened.page.on("pageerror", lambda error: opened.complaints.append(str(error)))
        opened.page.on("request", lambda request: opened.requests.append(request.url))
        opened.page.goto(opened.path.as_uri() + fragment)
        return opened

    yield open_
    for context in contexts:
        context.close()
