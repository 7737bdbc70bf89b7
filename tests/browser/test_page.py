"""The page around the trace, as a browser shows it."""

from collections.abc import Callable
from typing import Any

import pytest

from harness.report.document import anchor

Look = Callable[..., Any]


@pytest.mark.parametrize("name", ["failing", "passing", "attacked", "long"])
def test_a_page_opens_from_disk_in_peace(look: Look, name: str) -> None:
    """Nothing is loaded but the file itself, the policy is kept, and the console stays empty."""
    opened = look(name)
    opened.page.wait_for_selector("#trace-svg .row")

    assert opened.requests == [opened.path.as_uri()]
    assert opened.complaints == []


@pytest.mark.parametrize("viewport", [{"width": 1280, "height": 720}, {"width": 360, "height": 740}])
def test_the_verdict_is_seen_first(look: Look, viewport: dict[str, int]) -> None:
    """Word, reason and figures stand in the first view of a desk and of a phone."""
    page = look(viewport=viewport).page

    for selector in (".word", ".why", ".figures"):
        box = page.locator(selector).bounding_box()
        assert box
        assert box["y"] + box["height"] <= viewport["height"]
    assert page.locator(".word").inner_text().endswith("FAIL")
    assert float(page.evaluate("parseFloat(getComputedStyle(document.querySelector('.word')).fontSize)")) >= 32


@pytest.mark.parametrize("name", ["failing", "attacked", "long"])
def test_a_phone_need_not_scroll_sideways(look: Look, name: str) -> None:
    """At 360 pixels tables scroll in boxes of their own."""
    opened = look(name, viewport={"width": 360, "height": 740})

    assert opened.value("document.documentElement.scrollWidth") == 360
    assert opened.value("[...document.querySelectorAll('.scroll')].some((one) => one.scrollWidth > one.clientWidth)")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_can_be_read_in_light_and_in_dark(look: Look, scheme: str) -> None:
    """Every text contrasts with what is behind it by at least 4.5 to 1, charts too."""
    opened = look(color_scheme=scheme)
    dark = opened.value("getComputedStyle(document.body).backgroundColor")
    poor = opened.value(CONTRAST)

    assert (dark == "rgb(255, 255, 255)") == (scheme == "light")
    assert poor == []


CONTRAST = """() => {
  const parts = (text) => (text.match(/[\\d.]+/g) || [0, 0, 0, 0]).map(Number);
  const light = (text) => parts(text).slice(0, 3).map((one) => one / 255)
    .map((one) => one <= 0.03928 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4)
    .reduce((sum, one, index) => sum + one * [0.2126, 0.7152, 0.0722][index], 0);
  const behind = (one) => {
    for (; one; one = one.parentElement) {
      const colour = getComputedStyle(one).backgroundColor, given = parts(colour);
      if (given.length < 4 || given[3] > 0) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const speaks = (one) => [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
  const shown = (one) => one.checkVisibility() && speaks(one);
  return [...document.body.querySelectorAll("*")].filter(shown).map((one) => {
    const style = getComputedStyle(one), svg = one instanceof SVGElement;
    const ink = light(svg ? style.fill : style.color), paper = light(behind(svg ? one.closest("div, figure") : one));
    const contrast = (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
    return [contrast, one.tagName, one.className.baseVal ?? one.className, one.textContent.slice(0, 40)];
  }).filter((one) => one[0] < 4.5);
}"""


def test_text_of_others_is_inert(look: Look, runs: Any) -> None:
    """It makes no element, runs nothing, and is shown as it was written."""
    opened = look("attacked")
    opened.page.wait_for_selector("#trace-svg .row")

    assert opened.page.title() != "1"
    assert opened.value("document.images.length") == 0
    assert runs.ATTACK[:30] in opened.page.locator("#failed").inner_text()
    assert "\\u202e" in opened.page.locator("main").inner_text()
    assert "\u202e" not in opened.page.locator("body").inner_text()


def test_the_policy_stops_what_is_not_ours(look: Look) -> None:
    """Even if a script or a handler came into the page, it would not run; nor would anything be loaded."""
    opened = look()
    opened.value(
        """() => {
          const script = document.createElement("script"), box = document.createElement("div");
          script.textContent = "document.title = 'owned'";
          box.innerHTML = '<img src="https://127.0.0.1:9/x.png" onerror="document.title = 1">';
          document.body.append(script, box);
        }"""
    )
    opened.page.wait_for_timeout(50)

    assert opened.page.title().startswith("FAIL")
    assert len(opened.complaints) >= 2
    assert all("Content Security Policy" in one for one in opened.complaints)


def test_text_from_right_to_left_keeps_to_itself(look: Look, runs: Any) -> None:
    """Wherever Arabic stands, it is isolated: what is before it stays on the left, what is behind it on the right."""
    opened = look()
    isolation = opened.value(
        "[...document.querySelectorAll('bdi')].map((one) => getComputedStyle(one).unicodeBidi)"
        ".every((one) => one === 'isolate')"
    )
    left, middle, right = opened.value(
        """() => {
          const line = document.querySelector('.word').cloneNode(), one = document.createElement('bdi');
          const from = [...document.querySelectorAll('bdi')].find((each) => /[\\u0600-\\u06ff]/.test(each.textContent));
          one.textContent = from.textContent;
          line.append('1 (', one, ') 2');
          document.body.prepend(line);
          const box = (node, start, end) => { const range = document.createRange(); range.setStart(node, start);
            range.setEnd(node, end); return range.getBoundingClientRect().left; };
          return [box(line.firstChild, 0, 1), box(one.firstChild, 0, 1), box(line.lastChild, 2, 3)];
        }"""
    )

    assert isolation
    assert left < middle < right


def test_without_scripts_all_but_the_trace_is_there(look: Look) -> None:
    """Findings, tables and charts; what happened stands there as text, and no dead button."""
    page = look(java_script_enabled=False).page

    assert page.locator("noscript").is_visible()
    assert page.locator(".card").first.is_visible()
    assert page.locator(".chart svg").first.is_visible()
    assert page.locator("button:visible").count() == 0
    page.locator(".card summary", has_text="What happened, as text").first.click()
    assert page.locator(".events li").first.is_visible()


def test_the_terminals_link_leads_to_the_test(look: Look) -> None:
    """Its card is in view."""
    test = "tests/test_chat.py::test_lost"
    page = look(fragment=f"#{anchor(test)}").page
    box = page.locator(f"#{anchor(test)}").bounding_box()

    assert box
    assert 0 <= box["y"] < 800


def test_the_keyboard_reaches_everything(look: Look) -> None:
    """The first stop skips to the report; every stop can be seen, and the trace is one of them."""
    page = look().page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"

    stops = []
    while len(stops) < 80 and "trace-scroll" not in stops:
        page.keyboard.press("Tab")
        stops.append(page.evaluate("document.activeElement.id || document.activeElement.tagName"))
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
    assert "trace-scroll" in stops


def test_it_can_be_printed(look: Look) -> None:
    """On white, with everything unfolded, without buttons."""
    page = look(color_scheme="dark").page
    pdf = page.pdf(format="A4")
    page.emulate_media(media="print")

    assert pdf.startswith(b"%PDF")
    assert len(pdf) > 20_000
    assert page.locator("button:visible").count() == 0
    assert page.locator(".events li").first.is_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


def test_a_replay_can_be_copied(look: Look) -> None:
    """The button puts the whole command into the clipboard."""
    page = look(permissions=["clipboard-read", "clipboard-write"]).page
    button = page.locator(".copy").first
    button.click()
    page.wait_for_function("document.querySelector('.copy').textContent !== 'Copy'")

    command = page.locator(".replay code").first.inner_text()
    assert "--realtime-seed=7" in command
    assert button.inner_text() in {"Copied", "Selected"}
    assert button.inner_text() == "Selected" or page.evaluate("navigator.clipboard.readText()") == command
