"""Airflow writes to AIRFLOW_HOME when it is imported: here that is a temporary folder."""

import importlib.util
import os

import pytest

from ingestion.settings import PROJECT_ROOT

DAG_FILES = sorted((PROJECT_ROOT / "dags").glob("*.py"))


@pytest.fixture(scope="session", autouse=True)
def airflow_home(tmp_path_factory):
    home = tmp_path_factory.mktemp("airflow")
    os.environ["AIRFLOW_HOME"] = str(home)
    os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"
    os.environ["AIRFLOW__CORE__UNIT_TEST_MODE"] = "False"
    return home


@pytest.fixture(scope="session")
def dag_modules(airflow_home):
    """The DAG files as Airflow imports them, by name."""
    found = {}
    for file in DAG_FILES:
        spec = importlib.util.spec_from_file_location(f"dag_file_{file.stem}", file)
        found[file.stem] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(found[file.stem])
    return found


@pytest.fixture(scope="session")
def dags(dag_modules):
    """Every DAG by id."""
    from airflow.sdk import DAG

    made = [
        value for module in dag_modules.values() for value in vars(module).values() if isinstance(value, DAG)
    ]
    assert len({dag.dag_id for dag in made}) == len(made)
    return {dag.dag_id: dag for dag in made}
