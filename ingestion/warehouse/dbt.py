"""One dbt process per build, inside ours: builds the candidate marts of the scope and tells what each node did."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from ingestion import faults
from ingestion import settings as surroundings
from ingestion.warehouse import connection as connections

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dbt.contracts.graph.manifest import Manifest

    from ingestion.settings import Settings

PROJECT = surroundings.PROJECT_ROOT / "dbt_project"
_FEW_ASSOCIATIONS = 4
PUBLIC_TAG = "disclosed"
"""The models that are made of the decisions about what readers are shown: the second stage."""
_SESSION = "-c work_mem=128MB -c jit=off"
"""Tables of a million rows are sorted and joined in memory; compiling costs our statements more than it saves."""


@dataclass(frozen=True)
class Node:
    """What became of one model or test. status: dbt's word (success, error, pass, warn, fail, skipped).

    tested: the relation a test looks at, as `"schema"."name"`; meta: the rule card in the test's config.
    """

    name: str
    kind: str
    status: str
    message: str
    seconds: float
    compiled: str = ""
    tested: str | None = None
    meta: dict[str, Any] = field(default_factory=dict)


def build(
    settings: Settings,
    token: int,
    scope_size: int,
    only_models: bool = False,
    before_public: Callable[[], object] | None = None,
) -> list[Node]:
    """Run `dbt build` without its unit tests (those are the developers'). Raises RuntimeError if dbt itself breaks.

    token: the opened build's; once a newer build has begun, no model is written any more (`ops.hold_build`).
    scope_size: how many associations are built. before_public: what is done between two stages, when the exact counts
    stand and nothing that readers see is made of them yet; where a model failed neither it nor the second stage is run.
    """
    arguments = ["run"] if only_models else ["build", "--exclude-resource-type", "unit_test"]
    arguments += flags(settings, scope_size)
    with as_transformer(settings, token):
        if before_public is None:
            return _run(arguments)
        parsed = _parsed(settings, scope_size)
        nodes = _run([*arguments, "--exclude", f"tag:{PUBLIC_TAG}"], parsed)
        if any(node.kind == "model" and node.status != "success" for node in nodes):
            return nodes
        before_public()
        return [*nodes, *_run([*arguments, "--select", f"tag:{PUBLIC_TAG}"], parsed)]


def _parsed(settings: Settings, scope_size: int) -> Manifest:
    """The project as dbt has parsed it, for both stages: each would read and write it again."""
    from dbt.cli.main import dbtRunner

    done = dbtRunner().invoke(["parse", *flags(settings, scope_size)])
    if not done.success:
        raise RuntimeError(_broken_sv(done.exception)) from done.exception
    return cast("Manifest", done.result)


def _broken_sv(problem: BaseException | None) -> str:
    return f"dbt kunde inte köras: {str(problem).splitlines()[0]}"


def _run(arguments: list[str], parsed: Manifest | None = None) -> list[Node]:
    """One invocation of dbt in this process."""
    from dbt.cli.main import dbtRunner
    from dbt_common.exceptions import DbtDatabaseError

    with _kept_sessions():
        done = dbtRunner(manifest=parsed, callbacks=faults.dbt_callbacks()).invoke(arguments)
    if isinstance(done.exception, DbtDatabaseError):
        # a session that was cut between two models or tests: nobody knows what was done, and the next night asks again
        return [Node("dbt", "model", "error", "", 0.0)]
    if done.exception is not None:
        raise RuntimeError(_broken_sv(done.exception)) from done.exception
    relations = {node.unique_id: node for result in done.result for node in [result.node]}
    return [_node(result, relations) for result in done.result]


@contextmanager
def _kept_sessions() -> Iterator[None]:
    """One session per thread for the whole run: dbt closes it after each node, and a login costs more than most nodes.

    What a node left open is rolled back as before; a session that broke is not kept. dbt closes them all at its end.
    """
    from dbt.adapters.postgres.connections import PostgresConnectionManager

    closing = PostgresConnectionManager.release

    def keep(manager: PostgresConnectionManager) -> None:
        connection = manager.get_if_exists()
        if connection is None or connection.state != "open" or connection.handle.closed:
            closing(manager)
            return
        try:
            connection.handle.rollback()
            connection.transaction_open = False
        except connection.handle.Error:
            closing(manager)

    PostgresConnectionManager.release = keep
    try:
        yield
    finally:
        PostgresConnectionManager.release = closing


@contextmanager
def _parsed_once() -> Iterator[None]:
    """The project as parsed last time serves whichever server it is built on.

    dbt parses it all again where the host or the port is another, since a model could ask for them; none does, and an
    embedded server has another port at each start.
    """
    from dbt.adapters.postgres.connections import PostgresCredentials

    asked_for = PostgresCredentials._connection_keys
    PostgresCredentials._connection_keys = lambda _: ("database", "schema", "role", "search_path")
    try:
        yield
    finally:
        PostgresCredentials._connection_keys = asked_for


@contextmanager
def as_transformer(settings: Settings, token: int) -> Iterator[None]:
    """Where dbt's profile finds the warehouse, and for its sessions the number of the build they write for.

    The number goes by libpq's options: `--vars` and variables in the profile would switch partial parsing off.
    """
    where = connections.target(settings, "finsam_transform")
    surroundings.export(
        FINSAM_PG_HOST=where.host,
        FINSAM_PG_PORT=str(where.port),
        FINSAM_PG_DATABASE=where.database,
        FINSAM_PG_USER=where.user,
        FINSAM_PG_PASSWORD=where.password,
        DBT_SEND_ANONYMOUS_USAGE_STATS="false",
    )
    with surroundings.session_options(f"-c finsam.build_token={token} {_SESSION}"), _parsed_once():
        yield


def flags(settings: Settings, scope_size: int) -> list[str]:
    """How dbt runs here: its project, where it writes, how loud it is, in how many threads."""
    # For a few associations dbt's own Python is the work, and two threads of it wait for each other more than they gain.
    threads = 1 if scope_size <= _FEW_ASSOCIATIONS else 2
    return [
        "--project-dir",
        str(PROJECT),
        "--profiles-dir",
        str(PROJECT),
        "--target-path",
        str(settings.home / "dbt"),
        "--log-path",
        str(settings.logs / "dbt"),
        "--no-use-colors",
        "--quiet",
        "--no-version-check",
        "--log-level-file",
        "info",
        "--threads",
        str(threads),
        "--no-print",
    ]


def _node(result: Any, relations: dict[str, Any]) -> Node:
    node = result.node
    attached = relations.get(getattr(node, "attached_node", None) or "")
    if attached is None:
        parents = [relations[name] for name in node.depends_on.nodes if name in relations]
        attached = parents[0] if parents else None
    return Node(
        name=node.name,
        kind=str(node.resource_type.value),
        status=str(result.status.value),
        message=str(result.message or ""),
        seconds=float(result.execution_time),
        compiled=str(getattr(node, "compiled_code", None) or ""),
        tested=f'"{attached.schema}"."{attached.alias}"'
        if attached is not None and node.resource_type.value == "test"
        else None,
        meta=dict(node.config.meta or {}),
    )
