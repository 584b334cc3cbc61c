"""The marts as the dbt project declares them: read from its YAML, without starting dbt."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ingestion import settings as surroundings
from ingestion.warehouse.embedded import WarehouseUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

PROJECT = surroundings.PROJECT_ROOT / "dbt_project"
AUDIENCES = ("public", "internal", "atom", "dimension")
_TYPE = re.compile(r"(text|integer|bigint|date|boolean|numeric\(\d+,\d+\)|timestamp with time zone)(\[\])?")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,49}")
_DOC = re.compile(r"{{\s*doc\(\s*['\"](?P<name>\w+)['\"]\s*\)\s*}}")
_DOC_BLOCK = re.compile(r"{%-?\s*docs\s+(?P<name>\w+)\s*-?%}(?P<text>.*?){%-?\s*enddocs\s*-?%}", re.DOTALL)


class ContractProblem(WarehouseUnavailable):
    """A contract in the dbt project cannot become a table; the message names the mart and the column."""


@dataclass(frozen=True)
class MartColumn:
    """One column.

    lineage: how each cell is explained (see lineage.py), None where the row is its own source.
    """

    name: str
    data_type: str
    label_sv: str
    definition_sv: str
    lineage: dict[str, Any] | None


@dataclass(frozen=True)
class MartContract:
    """One published relation.

    audience: `public` and `dimension` are read in `marts`, `internal` in `marts_internal`, `atom` by no
    reader. feed_id: the feed whose columns the relation carries under their own names, for the data
    dictionary. view: what readers call it where that is not its name: models need names of their own, but a report has
    one name for both its audiences.
    """

    name: str
    audience: str
    label_sv: str
    definition_sv: str
    primary_key: tuple[str, ...]
    columns: tuple[MartColumn, ...]
    feed_id: str | None = None
    view: str | None = None

    @property
    def view_name(self) -> str:
        """What readers call it, in whichever schema they read."""
        return self.view or self.name

    @property
    def digest(self) -> str:
        """Changes when anything declared changes."""
        return hashlib.sha256(repr(self).encode()).hexdigest()

    def column(self, name: str) -> MartColumn:
        """The column of that name. Raises KeyError."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)


def read(project: Path | None = None) -> list[MartContract]:
    """All mart contracts, by name. Raises ContractProblem."""
    top = (project or PROJECT) / "models"
    docs = _doc_blocks(top)
    found: dict[str, MartContract] = {}
    for document in _yaml_documents(top / "marts"):
        for model in document.get("models") or ():
            contract = _contract(model, docs)
            if contract.name in found:
                raise ContractProblem(
                    f"Marten {contract.name} är deklarerad två gånger i dbt_project/models/marts."
                )
            found[contract.name] = contract
    _refuse_shared_views(found.values())
    return [found[name] for name in sorted(found)]


def _refuse_shared_views(found: Iterable[MartContract]) -> None:
    """Two marts may share a view's name only where one is for staff under secrecy."""
    seen: dict[tuple[str, bool], str] = {}
    for contract in found:
        room = (contract.view_name, contract.audience == "internal")
        if contract.audience != "atom" and seen.setdefault(room, contract.name) != contract.name:
            raise ContractProblem(
                f"Marterna {seen[room]} och {contract.name} skulle båda visas som {contract.view_name} för samma läsare."
            )


def _yaml_documents(folder: Path) -> Iterator[dict[str, Any]]:
    import yaml

    for file in sorted([*folder.rglob("*.yml"), *folder.rglob("*.yaml")]):
        try:
            # every verb reads the contracts: libyaml takes a tenth of the time
            document = yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
        except yaml.YAMLError as problem:
            raise ContractProblem(f"{file.name} går inte att läsa som YAML: {problem}") from None
        if isinstance(document, dict):
            yield document


def _doc_blocks(top: Path) -> dict[str, str]:
    return {
        block["name"]: " ".join(block["text"].split())
        for file in sorted(top.rglob("*.md"))
        for block in _DOC_BLOCK.finditer(file.read_text(encoding="utf-8"))
    }


def _contract(model: dict[str, Any], docs: dict[str, str]) -> MartContract:
    name, meta = str(model["name"]), _meta(model)
    columns = tuple(_column(name, column, docs) for column in model.get("columns") or ())
    contract = MartContract(
        name=name,
        audience=str(meta.get("audience", "")),
        label_sv=str(meta.get("label_sv", "")),
        definition_sv=_text(model.get("description"), docs),
        primary_key=tuple(meta.get("primary_key") or ()),
        columns=columns,
        feed_id=meta.get("feed"),
        view=meta.get("view"),
    )
    _check(contract)
    return contract


def _column(mart: str, column: dict[str, Any], docs: dict[str, str]) -> MartColumn:
    meta = _meta(column)
    data_type = re.sub(r"\s*([(),])\s*", r"\1", str(column.get("data_type", "")).strip().lower())
    data_type = {"int": "integer", "timestamptz": "timestamp with time zone", "bool": "boolean"}.get(
        data_type, data_type
    )
    if not _TYPE.fullmatch(data_type):
        raise ContractProblem(f"{mart}.{column['name']} har datatypen {data_type!r}, som inte publiceras.")
    return MartColumn(
        name=str(column["name"]),
        data_type=data_type,
        label_sv=str(meta.get("label_sv", "")),
        definition_sv=_text(column.get("description"), docs),
        lineage=meta.get("lineage"),
    )


def _check(contract: MartContract) -> None:
    """Every reason why this contract cannot become a table is found here, before anything is created."""
    names = [column.name for column in contract.columns]
    problems = {
        "namnet är för långt eller har otillåtna tecken": not _NAME.fullmatch(contract.name)
        or not _NAME.fullmatch(contract.view_name),
        f"audience måste vara en av {', '.join(AUDIENCES)}": contract.audience not in AUDIENCES,
        "label_sv saknas": not contract.label_sv,
        "kolumnen association_id saknas": "association_id" not in names,
        "en kolumn är deklarerad två gånger": len(set(names)) != len(names),
        "primary_key saknas eller nämner en kolumn som inte finns": not contract.primary_key
        or not set(contract.primary_key) <= set(names),
        "en kolumn har ett av förlagets egna namn": bool({"_g_from", "_g_to", "generation"} & set(names)),
    }
    for problem, holds in problems.items():
        if holds:
            raise ContractProblem(f"Kontraktet för {contract.name}: {problem}.")
    if unlabelled := [
        column.name for column in contract.columns if not column.label_sv and column.name[0] != "_"
    ]:
        raise ContractProblem(f"Kontraktet för {contract.name}: label_sv saknas för {', '.join(unlabelled)}.")


def _meta(node: dict[str, Any]) -> dict[str, Any]:
    config = node.get("config") or {}
    return {**(node.get("meta") or {}), **(config.get("meta") or {})}


def _text(description: object, docs: dict[str, str]) -> str:
    return " ".join(_DOC.sub(lambda used: docs.get(used["name"], ""), str(description or "")).split())
