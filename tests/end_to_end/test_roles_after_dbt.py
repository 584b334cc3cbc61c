"""H7: what dbt makes anew each night opens no door that the declared matrix keeps shut. F72, after a real night."""

import pytest

from ingestion.warehouse import connection as connections
from ingestion.warehouse import migrations, rights
from tests import role_matrix

pytestmark = pytest.mark.xdist_group("airflow")


def test_no_role_holds_more_than_declared_after_a_night(demo_night):
    migrations.check(demo_night.settings)
    with connections.connect(demo_night.settings, "finsam_publish") as publisher:
        assert rights.deviations(publisher) == []
    assert role_matrix.differences(demo_night.settings) == {}
