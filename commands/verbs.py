"""The table of verbs: what each is called, which options it takes, and what it needs first.

A new verb is an entry here, a function, and a target in the Makefile.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from commands.arguments import Option, Verb, path, switch, text
from commands.deploy import plans, stack, summary

STACK = Option(
    "--stack",
    f"the stack; {stack.LOCAL} by default",
    {"type": lambda name: stack.find(name), "default": stack.LOCAL},
)
FORCE = switch("--force", "raise canary weights without checking their metrics")
REPORT = path("--report", "folder for the reports of the policy pack")
FORMAT = Option(
    "--format",
    "of the summary on standard output",
    {"choices": summary.FORMATS, "default": "text"},
)
OUT = path("--out", "folder for the summary in all formats and the full diff")
EXIT_CODE = switch("--exit-code", "exit with 2 if something would change")
NEW_PLAN = path("--plan", "file to write the plan to, for `up --plan`")
PLAN = Option(
    "--plan",
    "file that a preview wrote: deploy that plan and nothing else",
    {"type": lambda name: plans.existing(name)},
)
SERVICE = text("--service", "the service")
WEIGHT = text("--weight", "the share, in per cent")

VERBS: Sequence[Verb] = (
    Verb(
        "up",
        "deploy, then show what runs",
        "commands.deploy.up:run",
        takes=(STACK, FORCE, REPORT, PLAN),
        confirms=True,
        policed=True,
    ),
    Verb(
        "preview",
        "show what `up` would change",
        "commands.deploy.preview:run",
        takes=(STACK, FORCE, REPORT, FORMAT, OUT, EXIT_CODE, NEW_PLAN),
        policed=True,
        epilog=summary.EXIT_CODES,
    ),
    Verb(
        "drift",
        "compare the cluster with what was deployed",
        "commands.deploy.drift:run",
        takes=(STACK, FORMAT, OUT),
        epilog=summary.EXIT_CODES,
    ),
    Verb(
        "down",
        "remove everything that `up` deployed",
        "commands.deploy.down:run",
        takes=(STACK,),
        confirms=True,
    ),
    Verb(
        "status",
        "show each service: pods ready, style, callers, canary",
        "commands.deploy.status:run",
        takes=(STACK,),
    ),
    Verb(
        "canary",
        "give a service's new version a share of its requests, and deploy",
        "commands.canary.change:canary",
        takes=(STACK, SERVICE, WEIGHT, FORCE),
        confirms=True,
        policed=True,
    ),
    Verb(
        "canary-status",
        "show each canary: success, latency, share, verdict",
        "commands.canary.status:run",
        takes=(STACK, SERVICE),
    ),
    Verb(
        "rollback",
        "give a service's new version no requests, at once and without asking",
        "commands.canary.rollback:run",
        takes=(STACK, SERVICE),
    ),
    Verb(
        "promote",
        "make a service's new version the stable one, in two steps",
        "commands.canary.change:promote",
        takes=(STACK, SERVICE, FORCE),
        confirms=True,
        policed=True,
    ),
    Verb(
        "render",
        "write what `up` would deploy as YAML, without a cluster",
        "commands.render.render:run",
        takes=(STACK, text("--out", "folder; rendered/<stack> by default")),
        policed=True,
    ),
    Verb(
        "new-service",
        "write an entry for a new service into the catalogue",
        "commands.new_service.command:run",
        takes=(
            text("--name", "the service's name"),
            text("--image", "its image; by default one that answers every request"),
            text("--port", "its port; 8080 by default"),
            text("--calls", "the services it calls, separated by commas"),
            text("--called-by", "the services that call it, separated by commas"),
            text("--style", "profile (the default) or route"),
            text("--catalogue", "the file; services.yaml by default"),
        ),
    ),
    Verb(
        "drift-issue",
        "open, update or close the GitHub issue about a stack's drift",
        "commands.drift_issue:run",
        takes=(Option("folder", "the --out folder of `drift`", {"type": Path}),),
    ),
)
