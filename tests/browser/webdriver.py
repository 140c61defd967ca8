"""A browser driven over the W3C WebDriver protocol, as far as the tests need it.

Source: https://www.w3.org/TR/webdriver2/
"""

from __future__ import annotations

import base64
import json
import re
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from tests.browser import programs

T = TypeVar("T")

SECONDS = 30
FLAGS = (
    "--headless",
    "--no-sandbox",  # which Chromium cannot set up for root
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--hide-scrollbars",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",  # nothing but loopback
)
_ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # the key that the standard gives an element's id


@dataclass(frozen=True)
class Element:
    """An element of the page."""

    browser: Browser
    id: str

    @property
    def text(self) -> str:
        """The text that is shown."""
        return str(self._get("text"))

    @property
    def label(self) -> str:
        """The name that assistive technology reads out."""
        return str(self._get("computedlabel"))

    def attribute(self, name: str) -> str | None:
        """The attribute's value, if the element has it."""
        value = self._get(f"attribute/{name}")
        return None if value is None else str(value)

    def click(self) -> None:
        """Click in the middle of the element, as a user would; it has to be in reach."""
        self.browser.request("POST", f"element/{self.id}/click", {})

    def all(self, css: str) -> list[Element]:
        """The elements inside this one."""
        body = {"using": "css selector", "value": css}
        found = self.browser.request("POST", f"element/{self.id}/elements", body)
        return [Element(self.browser, entry[_ELEMENT]) for entry in found]

    def _get(self, what: str) -> Any:
        return self.browser.request("GET", f"element/{self.id}/{what}")


@dataclass(frozen=True)
class Browser:
    """One window. ``session`` is its URL at the driver."""

    session: str

    def request(self, method: str, path: str, body: Any = None) -> Any:
        """One command; raises with the driver's own words if it fails."""
        return _request(method, f"{self.session}/{path}", body)

    def open(self, url: str) -> None:
        """Load a page and wait until it is there."""
        self.request("POST", "url", {"url": url})

    def all(self, css: str) -> list[Element]:
        """The elements that the selector matches."""
        found = self.request("POST", "elements", {"using": "css selector", "value": css})
        return [Element(self, entry[_ELEMENT]) for entry in found]

    def one(self, css: str) -> Element:
        """The only element that the selector matches."""
        (element,) = self.all(css)
        return element

    def run(self, script: str, *arguments: Any) -> Any:
        """What a script of the page returns."""
        return self.request("POST", "execute/sync", {"script": script, "args": list(arguments)})

    def log(self) -> list[str]:
        """The console's messages since the last look."""
        return [
            str(entry["message"]) for entry in self.request("POST", "se/log", {"type": "browser"})
        ]

    def picture(self, file: Path) -> None:
        """Write what the window shows as PNG."""
        file.write_bytes(base64.b64decode(self.request("GET", "screenshot")))


@contextmanager
def browser(profile: Path, *, width: int = 1200, height: int = 1000) -> Iterator[Browser]:
    """A headless Chromium with an empty profile in the folder ``profile``."""
    command = [programs.path("chromedriver"), "--port=0"]
    driver = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        window = Browser(_session(_port(driver), profile, f"--window-size={width},{height}"))
        try:
            yield window
        finally:
            _request("DELETE", window.session)
    finally:
        driver.terminate()
        driver.wait(SECONDS)


def wait_for(get: Callable[[], T], until: Callable[[T], bool]) -> T:
    """The value, as soon as it is as wanted; fails with the last value after half a minute."""
    deadline = time.monotonic() + SECONDS
    while not until(value := get()):
        assert time.monotonic() < deadline, f"still {value!r}"
        time.sleep(0.05)
    return value


def _port(driver: subprocess.Popen[str]) -> int:
    assert driver.stdout is not None
    for line in driver.stdout:
        found = re.search(r"started successfully on port (\d+)", line)
        if found:
            return int(found[1])
    raise AssertionError("chromedriver ended without saying its port")


def _session(port: int, profile: Path, *flags: str) -> str:
    options = {
        "binary": programs.path("chromium"),
        "args": [*FLAGS, f"--user-data-dir={profile}", *flags],
    }
    always = {"goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}
    root = f"http://127.0.0.1:{port}/session"
    opened = _request("POST", root, {"capabilities": {"alwaysMatch": always}})
    return f"{root}/{opened['sessionId']}"


def _request(method: str, url: str, body: Any = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as response:
            return json.load(response)["value"]
    except urllib.error.HTTPError as error:
        raise AssertionError(json.load(error)["value"]["message"]) from None
