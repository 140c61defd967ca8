"""``python -m tests.browser.picture``: the picture of the page in the docs."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path

from tests.browser import gateway, site, webdriver
from tests.browser.card import Card
from tools import paths

PICTURE = paths.ROOT / "docs" / "images" / "frontend.png"
CALLS = 60


def _delay(name: str, number: int) -> float:
    if name == "GET /api/data" and gateway.data(number).status == 503:
        return 0
    slowest = 0.25 if name == "POST /api/checkout" else 0.06
    return slowest * random.Random(f"{name} {number}").random() ** 2


def main() -> None:
    """Play some load and write the picture."""
    with (
        tempfile.TemporaryDirectory() as folder,
        gateway.serve(gateway.Gateway(delay=_delay)) as served,
        site.serve(Path(folder) / "site", served.port) as url,
        webdriver.browser(Path(folder) / "profile", width=1100, height=1400) as window,
    ):
        window.open(url)
        window.one("button.run").click()
        card = Card(window, "GET /api/data")
        webdriver.wait_for(card.calls, lambda calls: calls >= CALLS)
        PICTURE.parent.mkdir(parents=True, exist_ok=True)
        window.picture(PICTURE)
        window.one("button.run").click()
        sent = sum(served.asked.values())
        webdriver.wait_for(lambda: window.one(".total").text, lambda text: f"{sent} calls" in text)
    print(f"wrote {PICTURE.relative_to(paths.ROOT)}")


if __name__ == "__main__":
    main()
