"""Every data test the dbt project declares and has not switched off, read from the manifest dbt left behind.

Results tell only of tests that ran. What was deselected, skipped, or never reached stands here.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from expectations.required import Required, digest

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from expectations.rule import Severity

_CARD = re.compile(r"\{\{\s*config\(.*?\)\s*\}\}", re.DOTALL)
_ASKED = ("enabled", "where", "limit", "fail_calc", "warn_if", "error_if", "severity")
"""What a test's configuration may ask less with."""


@dataclass(frozen=True)
class DeclaredTest:
    """One test. part: the mart it is about, with the column where it has one; else the test's own name.

    beside: the mart whose figures carry its banner. reads: the relations it looks at, as `"schema"."name"`. feeds:
    those whose raw rows it holds against them. digest: what it asks, its card's wording apart.
    """

    name: str
    rule_id: str
    part: str
    severity: Severity
    beside: str | None
    reads: tuple[str, ...]
    feeds: tuple[str, ...]
    digest: str

    @property
    def required(self) -> Required:
        """The evidence it must leave."""
        return Required(self.rule_id, self.part, self.severity, digest=self.digest)


def read(target: Path) -> list[DeclaredTest]:
    """The tests of the project dbt last parsed into that folder, by name."""
    return of_manifest(json.loads((target / "manifest.json").read_text(encoding="utf-8")))


def of_manifest(manifest: Mapping[str, Any]) -> list[DeclaredTest]:
    """The same from a parsed manifest; a rule's parts are told apart by what its tests are given."""
    nodes = [node for node in manifest["nodes"].values() if node["resource_type"] == "test"]
    found = {node["name"]: _declared(node, manifest) for node in nodes}
    taken = Counter((test.rule_id, test.part) for test in found.values())
    for name, test in found.items():
        if taken[test.rule_id, test.part] > 1:
            found[name] = replace(test, part=name)
    return [found[name] for name in sorted(found)]


def _declared(node: Mapping[str, Any], manifest: Mapping[str, Any]) -> DeclaredTest:
    meta = node["config"].get("meta") or {}
    given = (node.get("test_metadata") or {}).get("kwargs") or {}
    parents = [manifest["nodes"][name] for name in node["depends_on"]["nodes"] if name in manifest["nodes"]]
    attached = manifest["nodes"].get(node.get("attached_node") or "")
    about = [attached] if attached else parents
    marts = [parent["alias"] for parent in about if parent["schema"] == "candidate"]
    beside = meta.get("beside") or (marts[0] if marts and marts[0] == about[0]["alias"] else None)
    part = (
        node["name"]
        if attached is None
        else ".".join(filter(None, (attached["alias"], given.get("column_name"))))
    )
    return DeclaredTest(
        name=node["name"],
        rule_id=str(meta.get("rule_id", node["name"])),
        part=part,
        severity=meta.get("severity", "invariant"),
        beside=beside,
        reads=tuple(f'"{parent["schema"]}"."{parent["alias"]}"' for parent in about),
        feeds=tuple(
            name.rpartition(".")[2]
            for name in node["depends_on"]["nodes"]
            if name.startswith("source.finsam.raw.")
        ),
        digest=_digest(node, given, manifest),
    )


def _digest(node: Mapping[str, Any], given: Mapping[str, Any], manifest: Mapping[str, Any]) -> str:
    """The test's SQL, its arguments, its configuration and the project's macros it is made of."""
    asked = {name: node["config"].get(name) for name in _ASKED}
    return digest(
        _CARD.sub("", node["raw_code"], count=1),
        json.dumps(given, sort_keys=True, default=str),
        json.dumps(asked, sort_keys=True, default=str),
        *(_CARD.sub("", macro, count=1) for macro in _macros(node["depends_on"]["macros"], manifest)),
    )


def _macros(names: list[str], manifest: Mapping[str, Any]) -> list[str]:
    found: dict[str, str] = {}
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name.startswith("macro.finsam.") and name not in found:
            macro = manifest["macros"][name]
            found[name] = macro["macro_sql"]
            waiting += macro["depends_on"]["macros"]
    return [found[name] for name in sorted(found)]
