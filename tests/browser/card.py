"""What the page shows of one route."""

from __future__ import annotations

from dataclasses import dataclass

from tests.browser.webdriver import Browser, Element, wait_for


@dataclass(frozen=True)
class Card:
    """The section of one route, called by its method and path."""

    page: Browser
    route: str

    @property
    def element(self) -> Element:
        """The section itself."""
        return self.page.one(f'[data-route="{self.route}"]')

    def facts(self) -> dict[str, str]:
        """The numbers by name."""
        names = [element.text for element in self.element.all("dt")]
        values = [element.text for element in self.element.all("dd")]
        return dict(zip(names, values, strict=True))

    def fact(self, name: str) -> str:
        """One of the numbers."""
        return self.facts()[name]

    def calls(self) -> int:
        """How many calls have ended."""
        return int(self.fact("Calls"))

    def send(self, times: int = 1) -> None:
        """Press the button that sends one request, each time after the last answer."""
        (button,) = self.element.all("button")
        for _ in range(times):
            awaited = self.calls() + 1
            button.click()
            wait_for(self.calls, awaited.__eq__)

    def include(self) -> None:
        """Press the checkbox that puts the route into the load, or takes it out."""
        (box,) = self.element.all("input")
        box.click()

    def versions(self) -> dict[str, list[str]]:
        """For each version its share, answers and latencies, as shown."""
        return {
            str(row.attribute("data-version")): [cell.text for cell in row.all("td")]
            for row in self.element.all("tbody tr")
        }

    def bars(self, outcome: str) -> int:
        """How many bars of the timeline have this outcome."""
        return len(self.element.all(f"rect.{outcome}"))
