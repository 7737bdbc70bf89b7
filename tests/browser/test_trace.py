"""The trace, as somebody walks through it."""

from collections.abc import Callable
from typing import Any

import pytest

Look = Callable[..., Any]


@pytest.fixture
def page(look: Look) -> Any:
    """Open the failing run, its first trace drawn."""
    page = look().page
    page.wait_for_selector("#trace-svg .row")
    return page


def rows(page: Any) -> list[str]:
    """List the labels of the rows that are drawn."""
    labels: list[str] = page.locator("#trace-svg .row").evaluate_all("all => all.map((one) => one.ariaLabel)")
    return labels


def shown(page: Any) -> int:
    """Say how many events pass the filters and the zoom."""
    return int(page.locator("#zoom-range").inner_text().partition(", ")[2].split()[0])


def choose(page: Any, test: str) -> None:
    """Show the trace of a test."""
    label = page.locator("#trace-which option", has_text=test).first.inner_text()
    page.select_option("#trace-which", label=label)
    page.wait_for_function("document.querySelectorAll('#trace-svg .row').length > 3")


def test_the_gravest_evidence_is_shown_first(page: Any) -> None:
    """Marked, chosen, and told in full beside."""
    assert page.locator("#trace-svg .row.evidence").count() > 0
    assert page.locator("#trace-svg .row.chosen").count() == 1
    assert "kind" in page.locator("#trace-detail").inner_text()


def test_the_keyboard_walks_from_event_to_event(page: Any) -> None:
    """Arrows move, Enter opens the payload, Escape goes back, plus and minus zoom, nought shows all."""
    page.locator("#trace-scroll").focus()
    page.keyboard.press("Home")
    first = page.locator("#trace-detail h3").inner_text()
    page.keyboard.press("ArrowDown")
    assert page.locator("#trace-detail h3").inner_text() != first
    assert page.locator("#trace-svg .row.chosen").get_attribute("aria-selected") == "true"

    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "trace-detail"
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.id") == "trace-scroll"

    everything = shown(page)
    page.keyboard.press("+")
    assert shown(page) < everything
    page.keyboard.press("0")
    assert shown(page) == everything


def test_a_click_shows_the_payload_as_text(page: Any, runs: Any) -> None:
    """Pretty-printed where it is JSON, never as HTML."""
    choose(page, "test_exchange")
    page.locator("#trace-svg .row", has_text="hears message 1").first.click()
    told = page.locator("#trace-detail")

    assert "frame.in" in told.inner_text()
    assert runs.ARABIC in told.locator("pre").first.inner_text() + told.locator("pre").last.inner_text()
    assert told.locator("pre").first.get_attribute("dir") == "auto"


@pytest.mark.parametrize(
    ("control", "value", "keeps"),
    [("#trace-who", "bob", "bob"), ("#trace-kind", "http", "authorize"), ("#trace-channel", None, "")],
)
def test_filters_leave_what_is_asked_for(page: Any, control: str, value: str | None, keeps: str) -> None:
    """By person, by kind and by channel."""
    choose(page, "test_exchange")
    before = shown(page)
    page.select_option(control, **({"value": value} if value else {"index": 1}))

    assert 0 < shown(page) < before
    assert all(keeps in label for label in rows(page))


def test_a_finding_leads_to_its_event(page: Any) -> None:
    """Its button opens the trace of its test at what it is about."""
    card = page.locator(".card", has_text="test_lost").first
    card.locator(".open-trace").first.click()
    page.wait_for_function("document.activeElement.id === 'trace-scroll'")

    assert "test_lost" in page.locator("#trace-which option:checked").inner_text()
    assert "evidence" in str(page.locator("#trace-svg .row.chosen").get_attribute("class"))


def test_faults_and_subscriptions_are_shaded(page: Any) -> None:
    """With their names; frames that nobody saw are dashed."""
    choose(page, "test_exchange")
    titles = page.locator("#trace-svg > rect > title").evaluate_all("all => all.map((one) => one.textContent)")

    assert {title.split()[0] for title in titles} == {"fault", "subscription"}
    dashed = page.locator("#trace-svg .row.inferred .arrow").first
    assert dashed.evaluate("one => getComputedStyle(one).strokeDasharray") not in {"none", ""}


def test_text_in_the_picture_keeps_to_itself(page: Any, runs: Any) -> None:
    """It is wrapped in isolating characters, since SVG has no element for that."""
    choose(page, "test_exchange")
    label = page.locator("#trace-svg .row .label", has_text=runs.ARABIC[:6]).first.text_content()

    assert f"\u2068{runs.ARABIC}\u2069" in label


def test_a_payload_of_an_attacker_is_text(look: Look, runs: Any) -> None:
    """It stands in the picture and in the details letter by letter, what nobody sees as escapes."""
    opened = look("attacked")
    opened.page.wait_for_selector("#trace-svg .row")
    choose(opened.page, "test_exchange")
    opened.page.locator("#trace-svg .row", has_text="hears message 1").first.click()
    told = opened.page.locator("#trace-detail").inner_text()

    assert runs.ATTACK in told
    assert "\\u202e" in told
    assert not set(told) & set("\u202e\x00\u2028")
    assert opened.value("document.images.length") == 0
    assert opened.complaints == []


def test_a_long_trace_is_drawn_as_far_as_it_is_seen(look: Look) -> None:
    """Thousands of events, some of them packed, and never more than a screenful of them drawn."""
    page = look("long").page
    page.wait_for_selector("#trace-svg .row")
    assert "more, in history.jsonl" in page.locator("#trace-told").inner_text()
    page.select_option("#trace-which", index=page.locator("#trace-which option").count() - 1)
    page.wait_for_function("document.querySelector('#zoom-range').textContent.includes('shown')")

    page.locator("#trace-scroll").focus()
    page.keyboard.press("End")
    assert shown(page) > 2_000
    assert page.locator("#trace-svg .row").count() < 80
    assert page.locator("#trace-svg .row.chosen").count() == 1
