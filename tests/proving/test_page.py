"""The page of a proof: self-contained, with every word of others as text, and the survivors first."""

from html.parser import HTMLParser

from harness.proving.page import render
from harness.proving.result import Result
from tests.proving.test_result import LOSS, found
from tests.proving.test_telling import CAUGHT, SURVIVED, proof


class Reader(HTMLParser):
    """Collects what a page would load, and its ids."""

    def __init__(self) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note links to elsewhere."""
        for name, value in attrs:
            if name in ("src", "href") and not (value or "").startswith(("#", "data:")):
                self.loads.append(f"{tag} {value}")
            if name == "id":
                self.ids.append(value or "")


def read(page: str) -> Reader:
    """Parse a page."""
    reader = Reader()
    reader.feed(page)
    return reader


def test_the_page_asks_nothing_of_a_network() -> None:
    """And names what was caught, what was not, false alarms and what was not tried."""
    healthy = Result(defect="", others=("t: FAIL: x",))
    page = render(proof(CAUGHT, SURVIVED, healthy=healthy, untried={"AZ-38": "no origins"}))
    reader = read(page)

    assert reader.loads == []
    assert {"missed", "alarms", "caught", "untried", "DE-12"} <= set(reader.ids)
    assert "1 of 2" in page
    assert "Would have caught it: <code>delivery.own-echo</code>" in page
    assert "no origins" in page


def test_what_others_said_is_text() -> None:
    """A target cannot write into the page."""
    evil = "<script>alert(1)</script>"
    results = (Result(defect=LOSS.id, others=(evil,), problem=evil), Result(defect=LOSS.id, conviction=found(evil)))

    page = render(proof(*results, healthy=Result(defect="", others=(evil,))))

    assert evil not in page
    assert page.count("&lt;script&gt;") >= 4


def test_a_proof_that_holds_says_so() -> None:
    """Without sections that have nothing to say."""
    page = render(proof(CAUGHT, healthy=Result(defect="")))

    assert "defects caught, and no false alarm" in page
    assert not {"missed", "alarms", "untried"} & set(read(page).ids)
