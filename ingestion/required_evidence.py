"""What the project asks for today: `make docs` pins it in `expectations/required.csv`, and a changed line is reviewed."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from expectations import building, required
from expectations.required import Required
from expectations.suites.marts import MART_RULES
from ingestion import settings as surroundings
from ingestion.warehouse import contracts, declared_tests, recomputation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ingestion.warehouse.contracts import MartContract
    from ingestion.warehouse.declared_tests import DeclaredTest


def asked(tests: Sequence[DeclaredTest], marts: Sequence[MartContract]) -> list[Required]:
    """Every piece of evidence a build must leave: of the machinery, of each computed mart, of each dbt test."""
    own = [
        Required(rule.id, required.ANY_PART, rule.severity, rule.id in building.MUST_EXAMINE)
        for rule in building.RULES
        if rule.id not in building.PER_MART
    ]
    return sorted([*own, *_recomputed(marts), *_looked_over(marts), *(test.required for test in tests)])


def _recomputed(marts: Sequence[MartContract]) -> list[Required]:
    """A mart whose lineage is taken away from one column is asked less than before."""
    found = []
    for contract in marts:
        columns = {
            column.name: recomputation.Column(
                column.name, column.data_type, column.label_sv, column.lineage or {}
            )
            for column in contract.columns
        }
        mart = recomputation.Mart(contract.name, contract.label_sv, contract.primary_key, columns)
        if names := sorted(column.name for column in mart.computed):
            rule = building.CELLS_RECOMPUTE
            found.append(Required(rule.id, contract.name, rule.severity, digest=required.digest(*names)))
    return found


def _looked_over(marts: Sequence[MartContract]) -> list[Required]:
    """The marts' own suite: each rule in each mart that has a column for it."""
    typed = {mart.name: {column.name: column.data_type for column in mart.columns} for mart in marts}
    return [
        Required(one.rule.id, mart, one.rule.severity, digest=required.digest(*names))
        for mart, columns in typed.items()
        for one in MART_RULES
        if (names := one.columns(columns))
    ]


def parsed_tests() -> list[DeclaredTest]:
    """The dbt project's tests, parsed without a database. Raises RuntimeError where dbt cannot read the project."""
    from dbt.cli.main import dbtRunner

    nowhere = dict.fromkeys(("HOST", "DATABASE", "USER", "PASSWORD"), "none") | {"PORT": "1"}
    surroundings.export(**{f"FINSAM_PG_{name}": value for name, value in nowhere.items()})
    project = str(contracts.PROJECT)
    with tempfile.TemporaryDirectory() as target:
        done = dbtRunner().invoke([
            "parse", "--project-dir", project, "--profiles-dir", project, "--target-path", target, "--log-path", target,
            "--quiet", "--no-use-colors", "--no-version-check", "--no-send-anonymous-usage-stats",
        ])  # fmt: skip
        if not done.success:
            raise RuntimeError(f"dbt kan inte läsa projektet: {done.exception}")
        return declared_tests.read(Path(target))


if __name__ == "__main__":
    required.FILE.write_text(required.as_text(asked(parsed_tests(), contracts.read())), encoding="utf-8")
