"""The rules' documentation, made from their metadata: ``python -m linkerd_policies.docs``."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from itertools import groupby

from linkerd_policies.framework.configuration import json_schema, levels_of
from linkerd_policies.framework.model import ResourceRule, Rule, Setting
from linkerd_policies.table import RULES

_INTRODUCTION = """\
# Policies

<!-- Made by `make docs` from policy/linkerd_policies. Do not edit. -->

The CrossGuard pack in `policy/` checks this program and any other Pulumi program that deploys into
a Linkerd cluster:

```
pulumi up --policy-pack policy
pulumi up --policy-pack policy --policy-pack-config policy/config/prod.json
```

Every rule is mandatory: a violation stops the run, by the rule's name. How the pack is configured,
and how a violation is signed off or mended, is in the [guide](policies-guide.md).

- A rule on an **object** looks at its inputs, in the preview and again before each write. A setting
  of Linkerd's that the preview cannot know is a violation: write it as a plain value. Where a whole
  map of annotations is unknown, the preview says that the rule cannot be evaluated, or
  [fails](policies-guide.md#values-that-the-preview-does-not-know).
- A rule on the **stack** compares objects. It runs when every step is done, so the preview is its
  gate: never use `--skip-preview`.
- A rule on **workloads** looks at meshed ones: by their own annotation, or by that of a namespace
  of the stack. Another stack's namespaces are named in `meshedNamespaces`.
- What cannot be known before `up`, such as a certificate that the same program makes, is looked at
  in `up`, before the object is written.
- A rule sees this stack's resources only, not objects of other stacks or those inside of a Helm
  `Release`.

A **locked** rule cannot be set to `advisory` or `disabled`; the others can, for a program that
adopts the pack step by step: `{"linkerd-breaker-profile-clash": "advisory"}`. A rule that **mends**
can be set to `remediate`. Every rule takes `exemptions` besides its own settings.
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
    lines = ["| Rule | Group | Looks at | Severity | Locked | Mends |", "|---|---|---|---|---|---|"]
    for rule in rules:
        locked = "yes" if rule.locked else "no"
        mends = "yes" if "remediate" in levels_of(rule) else "no"
        lines.append(
            f"| [`{rule.name}`](#{rule.name}) | {rule.group} | {_scope(rule)} "
            f"| {rule.severity.value} | {locked} | {mends} |"
        )
    return "\n".join(lines) + "\n"


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
