"""The page in Chromium: what it sends, and what it shows of the answers."""

from __future__ import annotations

from tests.browser.card import Card
from tests.browser.gateway import FAILURES, REFUSALS, ROUTES, Gateway
from tests.browser.webdriver import Browser, wait_for

USERS, DATA, CHECKOUT = "GET /api/users", "GET /api/data", "POST /api/checkout"


def set_rate(page: Browser, rate: int) -> None:
    """Move the slider, as the arrow keys would."""
    slider = page.one("input[type=range]")
    presses = "\ue012" * 50 + "\ue014" * (rate - 1)  # left, right
    page.request("POST", f"element/{slider.id}/value", {"text": presses})
    assert page.one(".rate strong").text == str(rate)


def run_until(page: Browser, card: Card, calls: int) -> None:
    """Start the load, and stop it when the route has that many calls."""
    page.one("button.run").click()
    wait_for(card.calls, lambda number: number >= calls)
    page.one("button.run").click()


def total(page: Browser) -> str:
    return page.one(".total").text


def test_it_loads_without_a_complaint_and_sends_nothing_by_itself(
    page: Browser, played: Gateway
) -> None:
    assert page.one("h1").text == "Who answers?"
    assert {element.attribute("data-route") for element in page.all(".route")} == ROUTES.keys()
    assert page.log() == []
    assert not played.asked


def test_the_canarys_share_is_seen(page: Browser, played: Gateway) -> None:
    card = Card(page, USERS)
    for other in ROUTES.keys() - {USERS}:
        Card(page, other).include()
    set_rate(page, 50)
    run_until(page, card, 100)
    wait_for(card.calls, lambda calls: calls == played.asked[USERS])
    calls = card.calls()
    versions = card.versions()
    assert list(versions) == ["user v1", "user v2"]
    canary = calls // 10
    assert versions["user v2"][:2] == [f"{canary / calls:.1%}".replace("%", " %"), str(canary)]
    assert versions["user v1"][1] == str(calls - canary)
    assert 9 <= float(versions["user v2"][0].removesuffix(" %")) <= 10
    assert card.fact("Success") == "100.0 %"
    assert played.asked.keys() == {USERS}


def test_the_load_goes_to_every_chosen_route_in_turn(page: Browser, played: Gateway) -> None:
    Card(page, DATA).include()
    set_rate(page, 50)
    run_until(page, Card(page, CHECKOUT), 10)
    sent = sum(played.asked.values())
    wait_for(lambda: total(page), lambda text: text.startswith(f"{sent} calls, 100.0 % answered"))
    assert DATA not in played.asked
    counts = [played.asked[route] for route in ROUTES.keys() - {DATA}]
    assert max(counts) - min(counts) <= 1
    assert sum(played.asked.values()) == sent


def test_the_breaker_is_seen_to_open_and_to_close(page: Browser) -> None:
    card = Card(page, DATA)
    card.send(FAILURES)
    assert card.fact("Success") == "0.0 %"
    assert card.fact("Last failure") == "500, flaky-service"
    assert card.fact("Circuit breaker") == "closed"
    card.send()
    assert card.fact("Circuit breaker").startswith("open for ")
    assert card.fact("Circuit breaker").endswith(", 1 call refused")
    card.send(REFUSALS - 1)
    assert card.fact("Circuit breaker").endswith(f", {REFUSALS} calls refused")
    assert card.fact("Last failure") == "503"
    card.send()
    closed = f"closed; opened 1 time, {REFUSALS} calls refused"
    assert card.fact("Circuit breaker") == closed
    assert card.fact("Success") == f"{1 / (FAILURES + REFUSALS + 1):.1%}".replace("%", " %")
    bars = {outcome: card.bars(outcome) for outcome in ("failed", "refused", "answered")}
    assert bars == {"failed": FAILURES, "refused": REFUSALS, "answered": 1}
    assert f"{FAILURES} failed, {REFUSALS} refused" in total(page)


def test_a_post_is_sent_without_a_body(page: Browser, played: Gateway) -> None:
    card = Card(page, CHECKOUT)
    card.send(2)
    assert card.fact("Success") == "100.0 %"
    assert played.asked == {CHECKOUT: 2}
    assert played.bodies == [b"", b""]


def test_a_gateway_that_does_not_answer_is_a_failure(page: Browser, played: Gateway) -> None:
    played.broken = True
    card = Card(page, USERS)
    card.send()
    assert card.fact("Success") == "0.0 %"
    assert card.fact("Last failure") == "502"


def test_clear_forgets_everything(page: Browser) -> None:
    card = Card(page, USERS)
    card.send()
    (clear,) = [button for button in page.all("button") if button.text == "Clear"]
    clear.click()
    assert card.facts()["Calls"] == "0"
    assert card.versions() == {}
    assert clear.attribute("disabled") == "true"


def test_everything_that_can_be_used_has_a_name_of_its_own(page: Browser) -> None:
    labels = [element.label for element in page.all("button, input")]
    assert len(labels) == 3 + 2 * len(ROUTES)
    assert all(labels)
    assert len(set(labels)) == len(labels)


def test_it_fits_a_narrow_screen(page: Browser) -> None:
    page.request("POST", "window/rect", {"width": 520, "height": 900})
    try:
        Card(page, USERS).send()
        script = "return document.documentElement.scrollWidth - window.innerWidth"
        assert page.run(script) <= 0
    finally:
        page.request("POST", "window/rect", {"width": 1200, "height": 1000})
