"""Whether a tool is downloaded or built: the variable TOOLS, ``tools.lock``, and the network."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tools.toolchain import releases, workshop
from tools.toolchain.download import Downloader, Unavailable
from tools.toolchain.errors import ToolchainError
from tools.toolchain.model import Download, GoBuild, Layout, Pins, Recipe
from tools.toolchain.resolve import Resolution

VARIABLE = "TOOLS"
MODES = ("auto", "download", "build")

Resolve = Callable[[Mapping[str, Download]], Resolution]


@dataclass(frozen=True, kw_only=True)
class Sources:
    """``auto`` downloads what is locked and builds the rest; the other two do only one of both."""

    mode: str
    offers: Mapping[str, Download]
    layout: Layout

    def resolution(self, resolve: Resolve, downloader: Downloader) -> Resolution:
        """What is used and made, after a look whether downloads are possible at all.

        Raises:
            ToolchainError: downloads alone are wanted, and something cannot be downloaded.
        """
        found = resolve(self.offers)
        wanted = [r for r in self.missing(found) if isinstance(r, Download)]
        refusal = downloader.refusal(wanted[0].files[0].urls[0]) if wanted else ""
        if refusal and self.mode == "download":
            raise ToolchainError(f"Nothing can be downloaded: {refusal}. {_ELSE}")
        if refusal:
            found = resolve(self.made())
        builds = [r.name for r in self.missing(found) if isinstance(r, GoBuild)]
        if builds and self.mode == "download":
            raise ToolchainError(
                f"{releases.LOCK} has no release of {', '.join(builds)} at the pinned version for "
                f"{releases.machine()}. `make lock-tools` adds what is released. {_ELSE}"
            )
        return found

    def missing(self, resolution: Resolution) -> list[Recipe]:
        return [r for r in resolution.recipes if not workshop.complete(r, self.layout)]

    def made(self) -> dict[str, Download]:
        """The releases that are in the cache."""
        offers = self.offers.items()
        return {name: o for name, o in offers if workshop.complete(o, self.layout)}

    def make(
        self, recipe: Recipe, pins: Pins, maker: workshop.Workshop, say: Callable[[str], None]
    ) -> None:
        """Makes ``recipe``; builds instead what cannot be downloaded.

        Raises:
            ToolchainError: with what failed and what to do.
            Cancelled: the run was interrupted.
        """
        try:
            maker.make(recipe)
        except Unavailable as error:
            if self.mode == "download":
                raise ToolchainError(f"{recipe.name}: {error}. {_ELSE}") from error
            say(f"no download of {recipe.name}: {error}")
            for other in pins.instead_of(recipe.name):
                maker.make(other)


_ELSE = f"Try again later, or build instead: {VARIABLE}=auto or {VARIABLE}=build."


def choose(pins: Pins, layout: Layout, env: Mapping[str, str]) -> Sources:
    """The sources that the user wants.

    Raises:
        ToolchainError: TOOLS has another value than those of `MODES`.
    """
    mode = env.get(VARIABLE) or "auto"
    if mode not in MODES:
        raise ToolchainError(f"{VARIABLE} is {mode!r}; allowed: {', '.join(MODES)}.")
    offers = {} if mode == "build" else releases.offers(pins, layout)
    return Sources(mode=mode, offers=offers, layout=layout)
