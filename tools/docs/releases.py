"""The table of Linkerd releases in ``docs/mesh.md``."""

from __future__ import annotations

from components.linkerd.releases import RELEASES, Feature, Release, spelled
from tools.docs import marks


def table() -> str:
    """A column for each release, and a line for what differs between them."""
    releases = list(RELEASES.values())
    rows = {
        "version": [release.version for release in releases],
        "Kubernetes": [_kubernetes(release) for release in releases],
        "charts": [_charts(release) for release in releases],
        "Server": [f"`{release.server_api}`" for release in releases],
        "HTTPRoute": [f"`{release.http_route_api}`" for release in releases],
        "Gateway API accepted": [_accepted(release) for release in releases],
        "Gateway API installed": [_installed(release) for release in releases],
        "native sidecars by default": [_yes(release.native_sidecar) for release in releases],
    }
    for feature in Feature:
        rows[feature.value] = [_yes(feature in release.features) for release in releases]
    names = [f"{r.name} (local only)" if r.local_only else r.name for r in releases]
    return marks.table([["", *names], *([name, *cells] for name, cells in rows.items())])


def _kubernetes(release: Release) -> str:
    return " to ".join(f"{major}.{minor}" for major, minor in release.kubernetes)


def _charts(release: Release) -> str:
    versions = dict.fromkeys(release.charts.values())
    named = {
        version: [name for name, its in release.charts.items() if its == version]
        for version in versions
    }
    return "<br>".join(f"{', '.join(names)} {version}" for version, names in named.items())


def _accepted(release: Release) -> str:
    return " to ".join(map(spelled, release.gateway_api.accepted))


def _installed(release: Release) -> str:
    version = release.gateway_api.install
    return spelled(version) if version else "by linkerd-crds"


def _yes(value: bool) -> str:
    return "yes" if value else "no"
