"""The ends of the components' logs, for error messages."""

from __future__ import annotations

from pathlib import Path

from tools.cluster.checkout import Checkout

_LINES = 12
_BYTES = 16_384


def tail(path: Path, lines: int = _LINES) -> str:
    """The last lines of a log, indented under its path, or why it cannot be read."""
    try:
        with path.open("rb") as log:
            log.seek(max(0, path.stat().st_size - _BYTES))
            text = log.read().decode(errors="replace")
    except OSError as error:
        return f"  ({path}: {error.strerror})"
    body = "\n".join(f"    {line}" for line in text.splitlines()[-lines:])
    return f"  {path}:\n{body or '    (empty)'}"


def tails(checkout: Checkout, components: list[str]) -> str:
    """The last lines of these components' logs, or of the API server's if none is named."""
    names = components or ["kube-apiserver"]
    return "\n".join(tail(checkout.logs / f"{name}.log") for name in names)
