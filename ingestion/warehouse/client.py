"""psql as a person's tool: the program of the wheel, with the password in its environment and not on its command line."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from ingestion import settings as surroundings
from ingestion.warehouse import embedded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ingestion.settings import Settings
    from ingestion.warehouse.connection import Target


def psql(settings: Settings, where: Target, arguments: Sequence[str]) -> int:
    """Run psql as that login with those arguments; returns its exit status."""
    environment = surroundings.child_environment(
        PGHOST=where.host,
        PGPORT=str(where.port),
        PGDATABASE=where.database,
        PGUSER=where.user,
        PGPASSWORD=where.password,
        PGAPPNAME=f"finsam psql {where.user}",
    )
    return subprocess.run(
        [str(embedded.wheel_programs() / "psql"), *arguments], env=environment, check=False
    ).returncode
