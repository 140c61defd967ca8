"""``docs/linkerd-profiles.md``: what the destination controller serves, service by service.

``python -m tests.cluster.linkerd.profiles_page`` writes it from the local cluster's platform.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path

from tests.cluster.linkerd import catalogue, destination, smi
from tests.cluster.linkerd.api import Api
from tests.cluster.linkerd.destination import Destination, Profile
from tests.support.catalogue import SERVICES, STORES
from tools import paths

PAGE = paths.ROOT / "docs" / "linkerd-profiles.md"
NAMESPACE = "microservices"

_HEAD = """\
# What Linkerd's controller serves

<!-- Made from a run by `python -m tests.cluster.linkerd.profiles_page`. Do not edit. -->

The table shows the profile that Linkerd's own destination controller ({version}, run against the
deployed `local` stack) sends to the proxy of a client of each service: which requests make up a
route (the path is a regular expression for the whole path), which of them may be retried, how long
they may take, and how they are split. The cluster tests compare this page with a run.

- **profile**: the routes come from the service's ServiceProfile, the split from its TrafficSplit,
  as the SMI extension writes it.
- **route**: there is no profile on purpose, for it would switch off the service's HTTPRoutes and
  circuit breaker ([circuit breaking][1]). Clients ask the policy controller instead.
- **opaque**: Linkerd does not read the protocol and forwards bytes, inside mTLS all the same.

[1]: https://linkerd.io/2-edge/reference/circuit-breaking/

| Service | Style | Route | Method | Path | Retryable | Timeout | Retry budget | Split |
|---|---|---|---|---|---|---|---|---|
"""


def collect(api: Api, client: Destination) -> dict[str, Profile]:
    """The profile of every service and store, with all TrafficSplits in effect."""
    splits = api.items(smi.SPLITS, NAMESPACE)
    apexes = {each["spec"]["service"] for each in splits}
    with ExitStack() as stack:
        for each in splits:
            stack.enter_context(smi.adapted(api, each))
        return {
            name: _profile(client, name, is_split=name in apexes) for name in (*SERVICES, *STORES)
        }


def _profile(client: Destination, name: str, *, is_split: bool) -> Profile:
    authority = catalogue.authority(name, NAMESPACE)
    return client.profile(authority, lambda profile: bool(profile.weights) == is_split)


def render(profiles: Mapping[str, Profile], version: str) -> str:
    """The page's text."""
    rows = [row for name, profile in profiles.items() for row in _rows(name, profile)]
    return _HEAD.format(version=version) + "".join(f"| {' | '.join(row)} |\n" for row in rows)


def version(api: Api) -> str:
    """The deployed Linkerd release."""
    values = api.get("configmap", "linkerd-config", "--namespace=linkerd")["data"]["values"]
    (found,) = (line for line in values.splitlines() if line.startswith("linkerdVersion:"))
    return str(found.split()[1])


def _rows(name: str, profile: Profile) -> Iterable[list[str]]:
    style = _style(profile)
    tail = [_budget(profile), _split(profile)] if style == "profile" else ["", ""]
    if not profile.routes:
        yield [f"`{name}`", style, "", "", "", "", "", *tail]
    for index, route in enumerate(profile.routes):
        first = index == 0
        yield [
            f"`{name}`" if first else "",
            style if first else "",
            f"`{_cell(route.name)}`",
            route.method,
            f"`{_cell(route.regex)}`",
            "yes" if route.retryable else "no",
            "none" if route.timeout is None else f"{route.timeout} ms",
            *(tail if first else ["", ""]),
        ]


def _cell(text: str) -> str:
    """The text inside a table, where a bar would end the cell."""
    return text.replace("|", r"\|")


def _style(profile: Profile) -> str:
    """The style by what is served, whatever the catalogue says."""
    if profile.opaque:
        return "opaque"
    return "profile" if profile.routes or profile.weights else "route"


def _budget(profile: Profile) -> str:
    budget = profile.budget
    share = f"{budget.ratio:.0%} + {budget.min_retries_per_second}/s"
    return f"{share} over {budget.ttl / 1000:g} s"


def _split(profile: Profile) -> str:
    total = sum(profile.weights.values())
    return ", ".join(
        f"`{authority.partition('.')[0]}` {100 * weight / total:g} %"
        for authority, weight in profile.weights.items()
    )


def main() -> int:
    """Write the page from the platform of this checkout's local cluster (after ``make up``).

    While it runs, the split stands in the live ServiceProfile, as with the SMI extension.
    """
    if not paths.KUBECONFIG.exists():
        print("There is no local cluster: run `make up` first.", file=sys.stderr)
        return 1
    try:
        text = _from_run(Api(kubeconfig=paths.KUBECONFIG))
    except AssertionError as error:
        print(f"Not written; is the platform deployed (`make up`)? {error}", file=sys.stderr)
        return 1
    PAGE.write_text(text, encoding="utf-8")
    print(f"Written: {PAGE.relative_to(paths.ROOT)}")
    return 0


def _from_run(api: Api) -> str:
    with (
        tempfile.TemporaryDirectory() as folder,
        destination.serving(api, Path(folder) / "log") as client,
    ):
        return render(collect(api, client), version(api))


if __name__ == "__main__":
    sys.exit(main())
