"""The forms of the summary: text, Markdown within its limit, JSON."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

import pytest

from commands.preview import markdown
from commands.preview.model import Result, Summary
from commands.preview.summary import summarise
from tests.unit.preview.recordings import as_text, event, forms, recorded

DEPLOYMENT = "apps/v1:Deployment"
DIFF = "Previewing update (dev):\n    ~ kubernetes:apps/v1:Deployment\n"


def said(severity: str, message: str) -> dict[str, Any]:
    return {"diagnosticEvent": {"severity": severity, "message": message, "color": "never"}}


def violation(level: str = "mandatory", rule: str = "a-rule") -> dict[str, Any]:
    return {
        "policyEvent": {
            "policyName": rule,
            "policyPackName": "a-pack",
            "enforcementLevel": level,
            "severity": "high",
            "resourceUrn": "urn:pulumi:dev::p::kubernetes:core/v1:Namespace::apps",
            "message": "What the rule wants.\nSet <b>this</b> | `that`.",
        }
    }


def replicas(op: str, name: str, old: int = 2, new: int = 3) -> dict[str, Any]:
    sides = [{"metadata": {"name": name}, "spec": {"replicas": count}} for count in (old, new)]
    return event(op, DEPLOYMENT, sides[0], sides[1] if op != "delete" else None, name=name)


def summary(*events: dict[str, Any]) -> Summary:
    return summarise("dev", recorded(events))


EVERYTHING = (
    replicas("update", "web"),
    replicas("delete", "old"),
    event("delete", "core/v1:PersistentVolumeClaim", {"metadata": {"name": "disk"}}, None),
    violation("advisory", "b-rule"),
    violation(),
    {
        "policyAnalyzeSummaryEvent": {
            "policyPackName": "a-pack",
            "passed": ["c-rule"],
            "failed": ["a-rule", "b-rule"],
        }
    },
    said("warning", "Look at this."),
    said("warning", "using pulumi-resource-kubernetes from $PATH at /usr/bin"),
)


def test_the_most_serious_comes_first() -> None:
    text = as_text(summary(*EVERYTHING), DIFF)
    order = (
        "STOPPED BY A POLICY: 2 to delete, 1 to update, 0 unchanged.",
        "REPLACED OR DELETED",
        "ALL THE VOLUME'S DATA",
        "its pods (2)",
        "Policies: 3 rules, 1 mandatory violation, 1 remark.",
        "[mandatory] a-rule (high): Namespace apps",
        "[advisory] b-rule (high): Namespace apps",
        "What changes",
        "replicas 2 → 3",
        "Look at this.",
        "Full diff",
        "Previewing update (dev):",
    )
    places = [text.index(words) for words in order]
    assert places == sorted(places)
    assert "pulumi-resource-kubernetes" not in text


@pytest.mark.parametrize(
    ("events", "result"),
    [
        pytest.param([], Result.NOTHING, id="nothing"),
        pytest.param([replicas("update", "web")], Result.CHANGES, id="change"),
        pytest.param([violation("advisory")], Result.NOTHING, id="remark"),
        pytest.param([replicas("update", "web"), violation()], Result.REFUSED, id="violation"),
        pytest.param([violation(), said("error", "preview failed")], Result.REFUSED, id="its end"),
        pytest.param([violation(), said("error", "No cluster.")], Result.FAILED, id="error"),
        pytest.param([said("error", "preview failed")], Result.FAILED, id="no reason"),
        pytest.param([said("warning", "Hm.")], Result.NOTHING, id="warning"),
    ],
)
def test_the_result_is_the_worst_of_all(events: list[dict[str, Any]], result: Result) -> None:
    assert summary(*events).result is result


def test_a_remediation_is_shown_without_its_values() -> None:
    remedied = {**violation()["policyEvent"], "before": {"data": "hunter2"}, "after": {}}
    found = summary({"policyRemediationEvent": remedied})
    assert found.result is Result.NOTHING
    for text in forms(found).values():
        assert "a-rule" in text
        assert "remediated" in text
        assert "hunter2" not in text


def test_an_error_names_objects_rather_than_urns() -> None:
    urn = "urn:pulumi:dev::p::a:b:C$kubernetes:core/v1:Service::web"
    (error,) = summary(said("error", f'<{{%reset%}}>resource "{urn}" is bad')).errors
    assert error == "resource Service web is bad"


def test_a_command_in_an_error_can_be_run_as_it_is() -> None:
    urn = "urn:pulumi:dev::p::a:b:C$kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition::x"
    said_so = f"resource \"{urn}\" is protected: run `pulumi state unprotect '{urn}'`"
    (error,) = summary(said("error", said_so)).errors
    assert error == (
        f"resource CustomResourceDefinition x is protected: run `pulumi state unprotect '{urn}'`"
    )


def test_components_and_providers_are_no_objects() -> None:
    component = replicas("update", "web")
    component["resourcePreEvent"]["metadata"]["new"]["custom"] = False
    provider = event("update", "pulumi:providers:kubernetes", {}, {"a": 1})
    assert summary(component, provider).changes == []


def test_a_replacement_of_three_steps_is_one_row() -> None:
    steps = [
        replicas("delete", "web"),
        replicas("replace", "web"),
        replicas("create-replacement", "web"),
    ]
    steps[0]["resourcePreEvent"]["metadata"]["op"] = "delete-replaced"
    found = summary(*steps)
    assert [(change.op, change.facts[0].text) for change in found.changes] == [
        ("replace", "replicas 2 → 3")
    ]
    assert found.counts == {"replace": 1}


def test_a_replaced_object_has_its_old_name() -> None:
    sides = [{"metadata": {"name": "web", "namespace": space}} for space in ("old", "new")]
    (change,) = summary(event("replace", "core/v1:Secret", sides[0], sides[1])).changes
    assert change.objects == ["Secret old/web"]
    assert [fact.text for fact in change.facts] == ["namespace old → new"]


def test_json_has_everything() -> None:
    document = json.loads(forms(summary(*EVERYTHING))["json"])
    assert (document["stack"], document["result"], document["exitCode"]) == ("dev", "refused", 3)
    assert document["counts"] == {"delete": 2, "update": 1, "unchanged": 0}
    first, second, third = document["changes"]
    assert first["lost"] == {"text": "ALL THE VOLUME'S DATA", "data": True}
    assert second["operation"] == "delete"
    assert third == {
        "operation": "update",
        "where": "web",
        "what": [{"text": "replicas 2 → 3", "mark": None}],
        "objects": ["Deployment web"],
    }
    rules = [(each["rule"], each["stops"]) for each in document["policies"]["violations"]]
    assert rules == [("a-rule", True), ("b-rule", False)]
    assert document["warnings"] == ["Look at this."]


def test_markdown_shows_markup_as_text() -> None:
    found = summary(replicas("update", "we|b`<img>@you"), violation())
    text = markdown.render(found, "```\n@me", diff_file="f")
    rows = [line for line in text.splitlines() if line.startswith("| `~`")]
    assert len(rows) == 1
    assert len(re.findall(r"(?<!\\)\|", rows[0])) == 5
    before, _, diff = text.partition("<details>")
    assert "<img>" not in before
    assert "@you" not in before
    assert "<b>" not in before
    # The fence is longer than the one that the diff has inside.
    assert "\n````text\n```\n@me\n````\n" in diff


ROOM = markdown.LIMIT


@cache
def long_summary(rows: int) -> Summary:
    return summary(*(replicas("update", f"service-{n}", new=n + 3) for n in range(rows)))


@pytest.mark.parametrize("size", [0, 1_000, 60_000, 70_000, 1_000_000])
@pytest.mark.parametrize("rows", [0, 3, 2_000])
def test_markdown_keeps_githubs_limit(size: int, rows: int) -> None:
    found = long_summary(rows)
    diff = "".join(f"    ~ line {n} of the diff ±\n" for n in range(size // 30))
    text = markdown.render(found, diff, diff_file="`full-diff.txt`")
    assert len(text) <= len(text.encode()) <= ROOM
    shown = text.count("\n| `~`")
    assert (shown == rows) == ("more rows are in `summary.json`" not in text)
    is_whole = diff.strip() in text
    assert is_whole == ("more lines are in `full-diff.txt`" not in text)
    if shown < rows:
        assert f"Cut here: {rows - shown} more rows" in text
    if rows < 10 and size < 60_000:
        assert is_whole
    # What is cut is cut late.
    if size > 70_000 or rows > 1_000:
        assert len(text.encode()) > ROOM * 0.9
    assert text.count("<details>") == text.count("</details>") == (1 if diff else 0)


def test_markdown_cuts_a_very_long_violation_too() -> None:
    long = violation()
    long["policyEvent"]["message"] = "x" * 100_000
    text = markdown.render(summary(long, replicas("update", "web")), DIFF, diff_file="f")
    assert len(text.encode()) <= ROOM
    assert "replicas 2 → 3" in text
