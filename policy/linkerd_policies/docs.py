"""The rules' documentation, made from their metadata: ``python -m linkerd_policies.docs``."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from linkerd_policies.framework.configuration import json_schema, levels_of, resolve
from linkerd_policies.framework.model import ResourceRule, Rule, Setting
from linkerd_policies.table import RULES

PROFILES = ("baseline", "strict")
"""The ready configurations in ``policy/config``, in the order of the table's columns."""

_CONFIG = Path(__file__).parents[1] / "config"

_INTRODUCTION = """\
# Policies

<!-- Made by `make docs` from policy/linkerd_policies. Do not edit. -->

The CrossGuard pack in `policy/` checks this program, and any other Pulumi program that deploys
into a Linkerd cluster:

```
pulumi up --policy-pack policy
pulumi up --policy-pack policy --policy-pack-config policy/config/baseline.json
```

A violation of a mandatory rule stops the run and names the rule. The [guide](policies-guide.md)
says how to configure the pack, how to exempt an object, and what the pack can fix by itself.

- A rule on an **object** checks the object's inputs, in the preview and again before each write. A
  Linkerd setting that the preview cannot know is a violation: write it as a plain value. Where all
  annotations of an object are unknown, the preview says that the rule cannot be evaluated, or
  [fails](policies-guide.md#values-that-the-preview-does-not-know).
- A rule on the **stack** compares objects. It runs after all other steps, so only the preview can
  stop a change: never use `--skip-preview`.
- A rule on **workloads** checks those in the mesh. A workload is in the mesh by its own annotation,
  or by the annotation of its namespace. For a namespace of another stack, set `meshedNamespaces`.
  Rules on Services, routes and other objects of a meshed namespace have the same setting.
- What nobody can know before `up`, such as a certificate that the same program makes, is checked in
  `up`, before the object is written.
- A rule sees only this stack's resources. It does not see objects of other stacks, or objects
  inside a Helm `Release`.

A **locked** rule cannot be set to `advisory` or `disabled`; any other rule can, while a program
adopts the pack: `{"linkerd-breaker-profile-clash": "advisory"}`. A rule with **fixes** can be set
to `remediate`. Every rule takes `exemptions` besides its own settings.

The columns **baseline** and **strict** show what the two ready profiles, `config/baseline.json` and
`config/strict.json`, make of each rule. Without a configuration every rule is mandatory.
"""


def render(rules: Sequence[Rule]) -> str:
    """The whole page, in Markdown."""
    sections = [_INTRODUCTION, _overview(rules)]
    for group, members in groupby(rules, key=lambda rule: rule.group):
        sections.append(f"## {group}\n")
        sections.extend(_section(rule) for rule in members)
    return "\n".join(sections)


def schema(rules: Sequence[Rule]) -> str:
    """The JSON schema of the pack's configuration."""
    return json.dumps(json_schema(rules), indent=2) + "\n"


def _overview(rules: Sequence[Rule]) -> str:
    columns = ("Rule", "Group", "Checks", "Severity", "Locked", "Fixes", *PROFILES)
    profiles = [resolve(profile(name), rules) for name in PROFILES]
    lines = [_row(columns), "|---" * len(columns) + "|"]
    for rule in rules:
        link = f"[`{rule.name}`](#{rule.name})"
        locked = "yes" if rule.locked else "no"
        fixes = "yes" if "remediate" in levels_of(rule) else "no"
        levels = (configuration.level(rule) for configuration in profiles)
        cells = (link, rule.group, _scope(rule), rule.severity.value, locked, fixes, *levels)
        lines.append(_row(cells))
    return "\n".join(lines) + "\n"


def profile(name: str) -> dict[str, Any]:
    """The configuration of one of :data:`PROFILES`."""
    document: dict[str, Any] = json.loads((_CONFIG / f"{name}.json").read_text(encoding="utf-8"))
    return document


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _scope(rule: Rule) -> str:
    if isinstance(rule, ResourceRule):
        return ", ".join(sorted({kind for _, kind in rule.kinds}))
    return "the stack"


def _section(rule: Rule) -> str:
    return f"""\
### {rule.name}

**{rule.display_name}.** {rule.description}

{rule.why}

To fix: {rule.remediation}

Source: <{rule.source}>. Tags: {", ".join(rule.tags)}.

{_settings(rule.settings)}
Refused{_examples_with(rule)}:

```yaml
{rule.bad}```

Accepted:

```yaml
{rule.good}```
"""


def _examples_with(rule: Rule) -> str:
    text = json.dumps(dict(rule.example_settings))
    return f", with `{text}`" if rule.example_settings else ""


def _settings(settings: Sequence[Setting]) -> str:
    if not settings:
        return "No settings.\n"
    lines = ["| Setting | Meaning | Default | Bounds |", "|---|---|---|---|"]
    for setting in settings:
        default = json.dumps(setting.default)
        lines.append(
            f"| `{setting.name}` | {setting.description} | `{default}` | {setting.limits} |"
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(schema(RULES) if "--schema" in sys.argv else render(RULES))
