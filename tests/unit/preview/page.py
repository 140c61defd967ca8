"""``docs/previews.md``: the summary of each kind of change.

``python -m tests.unit.preview.page`` writes it from the recorded previews.
"""

from __future__ import annotations

from dataclasses import replace

from commands.deploy.summary import EXIT_CODES
from commands.preview import as_json, markdown
from tests.unit.preview.recordings import as_text, recording, summary
from tools import paths

PAGE = paths.ROOT / "docs" / "previews.md"
TITLES = {
    "canary": "A canary gets more requests",
    "image": "A new image, and more replicas",
    "replicas": "Replicas are left to an autoscaler",
    "timeouts": "Timeouts of routes and a circuit breaker",
    "certificate": "The issuer's certificate rotates",
    "password": "A store's next password, and a new key of Stripe's",
    "access": "Who may reach the gateway",
    "mesh": "Linkerd becomes highly available",
    "deletion": "A canary is taken out of the config",
    "replacement": "A store gets a bigger volume",
    "violation": "A violation of the policy pack",
    "mistake": "A mistake in the config",
    "nothing": "Nothing",
}

_HEAD = """\
# Previews

<!-- Made from recorded previews by `python -m tests.unit.preview.page`. Do not edit. -->

`make preview STACK=prod` shows a reviewer what a deployment would do: the counts, what would be
replaced or deleted and what is lost by that, the policy pack's verdict, and every other change in
the platform's terms. Changes of security and certificates are marked. Counts are of objects: the
components that group them are left out. The engine's full diff goes to a file that is named at the
end; `VERBOSE=1` shows it, too.

```sh
make preview STACK=prod                  # for the terminal
make preview STACK=prod FORMAT=markdown  # for a pull request; json for programs
make preview STACK=prod OUT=preview      # all forms as files, too
```

`OUT` is a folder for three files:

| file | what |
|---|---|
| `summary.md` | for a comment: at most {limit} bytes, of the 65,536 that GitHub allows |
| `summary.json` | the same for programs |
| `full-diff.txt` | the engine's diff |

Markdown that is too long is cut with a note: first the diff, then rows. The other two files are
complete.

`REPORT` is a folder for the policy verdict alone, in [forms for CI](policies-guide.md).

None of them contains secrets. The engine masks secrets. Beyond that, values are hidden if they are
in a Secret or ConfigMap, if their key looks like that of a password, token or key, or if they are
PEM.

## Exit codes

```text
{exit_codes}```

`make` itself ends with 2 whenever a command fails, so `--exit-code` is not for it. Scripts run the
command that `make preview` runs:

```sh
.venv/bin/python -m commands preview --stack prod --format markdown --out preview --exit-code
```

Standard output then has only the summary; progress goes to standard error. For its use in
pipelines, see [continuous integration](ci.md).

## In JSON

| key | what |
|---|---|
| `version` | of this format: {version}; it increases when a key is removed or changes its meaning |
| `of` | `preview`, or `drift` for what `make drift` writes |
| `result`, `exitCode` | `nothing` 0, `failed` 1, `changes` 2, `refused` 3 |
| `counts` | objects by operation, and `unchanged` |
| `changes` | each with `operation`, `where`, `what` and `objects` |
| `changes.what` | each `text` with its `mark`: `security`, `certificate` or null |
| `changes.lost` | where it is replaced or deleted: `text`, and whether it is `data` |
| `policies.rules` | how many rules analyzed something |
| `policies.violations` | `rule`, `level`, `severity`, `object`, `message`, and whether it `stops` |
| `errors`, `warnings` | texts |

## What it costs

The engine runs once, and the summary is made from the events that it records. Medians of four
alternating previews each of the deployed `local` stack (99 objects), on two cores with other load:
10.1 s for `pulumi preview --diff` alone, 10.4 s with the summary and its files. Single runs differ
by more than that. Reading the 1,276 events and writing all three formats takes 0.06 s of processor
time.

## What it says

Each example is a preview by the real engine against the local cluster
(`python -m tests.cluster.record_previews` records them again). The warnings are the same in each
and left out.
"""


def render() -> str:
    """The page's text."""
    head = _HEAD.format(
        limit=f"{markdown.LIMIT:,}",
        exit_codes=EXIT_CODES,
        version=as_json.VERSION,
    )
    return head + "".join(_example(name, title) for name, title in TITLES.items()) + _markdown()


def _example(name: str, title: str) -> str:
    found = replace(summary(name), warnings=())
    return f"\n### {title}\n\n```text\n{as_text(found)}```\n"


def _markdown() -> str:
    found, diff = summary("canary"), recording("canary")[1]
    text = markdown.render(found, diff, diff_file="`full-diff.txt`")
    return f"\n## As a comment\n\nThe first example as Markdown:\n\n---\n\n{text}"


if __name__ == "__main__":
    PAGE.write_text(render(), encoding="utf-8")
