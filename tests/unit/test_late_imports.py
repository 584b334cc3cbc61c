"""What starts often starts fast: the commands, the DAGs' modules and the rule cards load nothing heavy."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HEAVY = {"pandas", "pyarrow", "numpy", "great_expectations", "openpyxl", "airflow", "dbt"}


@pytest.mark.parametrize(
    "module", ["ingestion.cli", "ingestion.pipeline", "ingestion.feeds", "ingestion.readers", "ingestion.values",
               "expectations.gate", "expectations.verdict", "expectations.catalogue"]
)  # fmt: skip
def test_nothing_heavy_is_loaded_on_import(module):
    program = f"import sys, {module}; print(' '.join(sorted(set(sys.modules) & {HEAVY!r})))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert done.stdout.split() == []
