"""The few questions we ask Airflow, over its public REST API (v2) on loopback."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode
from urllib.request import ProxyHandler, Request, build_opener

OPEN_STATES = ("queued", "running")
ANSWER_SECONDS = 30.0
PAGE = 100


class AirflowUnavailable(Exception):
    """Airflow does not answer or does not do its work; the message says what to do, in Swedish."""


@dataclass(frozen=True)
class Run:
    """One DAG run. state: queued, running, success or failed. started_by: Airflow's run type. due, ended: ISO moments."""

    dag_id: str
    run_id: str
    state: str
    started_by: str
    due: str | None = None
    ended: str | None = None

    @property
    def is_open(self) -> bool:
        """True while the run may still do something."""
        return self.state in OPEN_STATES

    @property
    def seconds(self) -> float | None:
        """From the moment it was due to its end, by Airflow's own clock; None while it is open."""
        if self.due is None or self.ended is None:
            return None
        return (datetime.fromisoformat(self.ended) - datetime.fromisoformat(self.due)).total_seconds()

    @property
    def name(self) -> str:
        """`<dag>/<run>`: what a delivery or publication made by it carries as run_id."""
        return f"{self.dag_id}/{self.run_id}"


@dataclass
class AirflowApi:
    """A client for one Airflow. url: `http://127.0.0.1:<port>`. The token is fetched when first needed."""

    url: str
    user: str
    password: str = field(repr=False)
    _token: str = field(default="", repr=False)

    def health(self, seconds: float = 5) -> dict[str, dict[str, Any]] | None:
        """What each component last said, or None where nobody answers within so many seconds."""
        try:
            return dict(self._call("GET", "/api/v2/monitor/health", token=False, seconds=seconds))
        except AirflowUnavailable:
            return None

    def warm_up(self) -> None:
        """Ask the part that tasks talk to once: it is built at the first question, which takes seconds."""
        self._call("GET", "/execution/health", token=False, seconds=60)

    def dag_ids(self) -> set[str]:
        """Ids of the DAGs that are parsed and current."""
        return {dag["dag_id"] for dag in self._pages("/api/v2/dags", "dags") if not dag["is_stale"]}

    def import_errors(self) -> dict[str, str]:
        """File -> traceback of DAG files that could not be read."""
        found = self._call("GET", "/api/v2/importErrors")["import_errors"]
        return {error["filename"]: error["stack_trace"] for error in found}

    def unpause(self, dag_id: str) -> None:
        """Let the scheduler run it."""
        self._call("PATCH", f"/api/v2/dags/{dag_id}?update_mask=is_paused", {"is_paused": False})

    def trigger(self, dag_id: str, run_id: str) -> None:
        """Queue one run. The run exists when this returns, whether or not the DAG is paused."""
        self._call("POST", f"/api/v2/dags/{dag_id}/dagRuns", {"dag_run_id": run_id, "logical_date": None})

    def clear(self, name: str, task_ids: list[str]) -> None:
        """Let these tasks of the run called `<dag>/<run>` run once more, whatever became of them."""
        dag_id, _, run_id = name.partition("/")
        asked = {"dry_run": False, "dag_run_id": run_id, "task_ids": task_ids, "only_failed": False}
        self._call("POST", f"/api/v2/dags/{dag_id}/clearTaskInstances", {**asked, "reset_dag_runs": True})

    def open_runs(self) -> list[Run]:
        """All runs queued or running, whoever started them."""
        found = self._pages("/api/v2/dags/~/dagRuns", "dag_runs", state=list(OPEN_STATES), order_by="id")
        return [_run(run) for run in found]

    def due_dags(self, moment: datetime) -> set[str]:
        """DAGs whose next run was due before the moment, and has not been created yet."""
        return {
            dag["dag_id"]
            for dag in self._pages("/api/v2/dags", "dags", paused="false")
            if dag["next_dagrun_run_after"] and datetime.fromisoformat(dag["next_dagrun_run_after"]) <= moment
        }

    def runs_since(self, moment: str) -> list[Run]:
        """All runs that are open, and those that changed at or after an ISO moment."""
        found = self._pages("/api/v2/dags/~/dagRuns", "dag_runs", updated_at_gte=moment, order_by="id")
        return list({run.name: run for run in [*self.open_runs(), *map(_run, found)]}.values())

    def run(self, name: str) -> Run | None:
        """The run called `<dag>/<run>`, or None where Airflow knows no such run."""
        dag_id, _, run_id = name.partition("/")
        try:
            return _run(self._call("GET", f"/api/v2/dags/{quote(dag_id)}/dagRuns/{quote(run_id, safe='')}"))
        except AirflowUnavailable as problem:
            if isinstance(problem.__cause__, HTTPError) and problem.__cause__.code == 404:
                return None
            raise

    def tasks(self, run: Run) -> dict[str, str]:
        """Task id -> state in that run (`none` before it is scheduled)."""
        where = f"/api/v2/dags/{run.dag_id}/dagRuns/{quote(run.run_id, safe='')}/taskInstances"
        return {task["task_id"]: task["state"] or "none" for task in self._pages(where, "task_instances")}

    def has_waiting_events(self, dag_id: str) -> bool:
        """True while asset events wait to become a run of that DAG."""
        return bool(self._call("GET", f"/api/v2/dags/{dag_id}/assets/queuedEvents")["queued_events"])

    def _pages(self, path: str, key: str, **query: str | list[str]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while True:
            page = self._call(
                "GET", f"{path}?{urlencode({**query, 'limit': PAGE, 'offset': len(found)}, doseq=True)}"
            )
            found += page[key]
            if len(page[key]) < PAGE:
                return found

    def _call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        token: bool = True,
        seconds: float = ANSWER_SECONDS,
    ) -> Any:
        if token and not self._token:
            login = {"username": self.user, "password": self.password}
            self._token = self._call("POST", "/auth/token", login, token=False)["access_token"]
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {self._token}"
        data = None if body is None else json.dumps(body).encode()
        request = Request(self.url + path, data=data, headers=headers, method=method)  # noqa: S310 - our own http address
        try:
            with build_opener(ProxyHandler({})).open(request, timeout=seconds) as answer:
                return json.loads(answer.read() or b"null")
        except HTTPError as problem:
            said = problem.read().decode(errors="replace")[:300]
            raise AirflowUnavailable(
                f"Airflow svarade {problem.code} på {method} {path.partition('?')[0]}: {said}"
            ) from problem
        except (URLError, OSError, ValueError) as problem:
            raise AirflowUnavailable(f"Airflow svarar inte på {self.url}: {problem}") from problem


def _run(answer: dict[str, Any]) -> Run:
    return Run(
        answer["dag_id"],
        answer["dag_run_id"],
        answer["state"],
        answer["run_type"],
        answer.get("run_after"),
        answer.get("end_date"),
    )
