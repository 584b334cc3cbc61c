"""What starts often starts fast: the commands, the DAGs' modules and the rule cards load nothing heavy."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HEAVY = {"pandas", "pyarrow", "numpy", "great_expectations", "openpyxl", "airflow", "dbt"}


@pytest.mark.parametrize(
    "module", ["ingestion.cli", "ingestion.pipeline", "ingestion.feeds", "ingestion.readers", "ingestion.values",
               "ingestion.trial", "ingestion.refusal", "ingestion.template", "ingestion.sender_verbs",
               "expectations.gate", "expectations.verdict", "expectations.catalogue"]
)  # fmt: skip
def test_nothing_heavy_is_loaded_on_import(module):
    program = f"import sys, {module}; print(' '.join(sorted(set(sys.modules) & {HEAVY!r})))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert done.stdout.split() == []


@pytest.mark.parametrize(
    "file", ["accepted/avgifter_utf8.csv", "accepted/avgifter.xlsx", "rejected/val_001_tvetydigt_belopp.csv"]
)
def test_check_has_found_everything_before_the_engine_is_loaded(file, tmp_path):
    """What is on the screen two seconds after Enter: neither the gate's engine nor the database's driver."""
    program = (
        "import sys; from pathlib import Path; from ingestion.settings import Settings; from ingestion import trial;"
        f"trial.read(Settings(home=Path({str(tmp_path)!r})), Path({str(ROOT / 'tests/fixtures/member_fees' / file)!r}),"
        " 'member_fees', None).text_sv;"
        "print(' '.join(sorted(set(sys.modules) & {'great_expectations', 'psycopg', 'sqlalchemy', 'airflow'})))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert done.stdout.split() == []
