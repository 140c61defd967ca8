"""What mutmut did: reads the file in which it keeps every mutant, and its list of results. Pure."""

from __future__ import annotations

import ast
import difflib
import json
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

KILLED, SURVIVED, WORDING, EQUIVALENT = "killed", "survived", "wording", "equivalent"

_KEY = re.compile(r"\.(?P<mangled>x(?:_|ǁ\w+ǁ)(?P<name>\w+))__mutmut_(?P<number>\d+)$")
_NAMES = re.compile(r"x(?:_|ǁ\w+ǁ)(\w+?)__mutmut_(?:orig|\d+)")
_SURVIVORS = (0, 5, 33)  # mutmut's exit codes: passed, no test collected, no test reaches it


@dataclass(frozen=True, slots=True, order=True)
class Mutant:
    """One change of one function: ``before`` and ``after`` are its lines that differ."""

    function: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Result:
    """A mutant and what became of it: ``killed``, ``survived``, ``wording`` or ``equivalent``."""

    mutant: Mutant
    status: str


def results(
    source: str,
    meta: str,
    equivalent: Collection[Mutant] = (),
    metadata: Collection[str] = (),
) -> Iterator[Result]:
    """Every mutant in the file ``source``, by the exit codes in mutmut's ``meta``.

    A survivor is ``wording`` where it changes no more than a message, or one of the functions
    ``metadata``, and ``equivalent`` where a reason for it is written down. Raises ValueError where
    mutmut has not tried every mutant.
    """
    functions = _functions(ast.parse(source))
    for key, code in json.loads(meta)["exit_code_by_key"].items():
        match = _KEY.search(key)
        if match is None or code is None:
            raise ValueError(f"mutmut has no result for {key}")
        original = functions[f"{match['mangled']}__mutmut_orig"]
        changed = functions[key.rpartition(".")[2]]
        mutant = _mutant(match["name"], original, changed)
        if code not in _SURVIVORS:
            yield Result(mutant, KILLED)
        elif mutant.function in metadata or _worded(original) == _worded(changed):
            yield Result(mutant, WORDING)
        else:
            yield Result(mutant, EQUIVALENT if mutant in equivalent else SURVIVED)


def _functions(tree: ast.Module) -> dict[str, ast.FunctionDef]:
    return {node.name: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def _mutant(name: str, original: ast.FunctionDef, changed: ast.FunctionDef) -> Mutant:
    old, new = (_NAMES.sub(r"\1", ast.unparse(one)).splitlines() for one in (original, changed))
    found = [line for line in difflib.ndiff(old, new) if line[:2] in ("- ", "+ ")]
    sides = [[line[2:].strip() for line in found if line[0] == sign] for sign in "-+"]
    return Mutant(name, *("\n".join(side) for side in sides))


def _worded(function: ast.FunctionDef) -> str:
    """The function without its name and without the texts in it that are sentences."""
    tree = _Unworded().visit(ast.parse(ast.unparse(function)))
    tree.body[0].name = ""
    return ast.dump(tree)


class _Unworded(ast.NodeTransformer):
    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        return ast.Constant("") if isinstance(node.value, str) and " " in node.value else node

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.AST:
        texts = [part.value for part in node.values if isinstance(part, ast.Constant)]
        return ast.Constant("") if any(" " in str(text) for text in texts) else node
