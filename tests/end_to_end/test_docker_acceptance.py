"""`make acceptance`: the server's images are built and the whole of docker/compose.yml runs a night, without Docker."""

import json
import tempfile
import time
import uuid
from pathlib import Path

import pytest

from ingestion.airflow_api import AirflowApi
from ingestion.settings import PROJECT_ROOT, Settings
from ingestion.warehouse import connection
from ingestion.warehouse.embedded import free_port
from tests.conftest import deliver_demo
from tests.end_to_end import containers

pytestmark = pytest.mark.acceptance
IMAGES = {"finsam-warehouse": "docker/Dockerfile", "finsam-postgres": "docker/postgres/Dockerfile"}
LARGEST = {"finsam-warehouse": 1_250_000_000, "finsam-postgres": 520_000_000}
AIRFLOW = ("airflow-apiserver", "airflow-scheduler", "airflow-dag-processor", "airflow-triggerer")
STAYING = ("postgres", *AIRFLOW)
NIGHT_SECONDS = 900


@pytest.fixture(scope="module")
def engine():
    containers.install()
    engine = containers.Engine(Path(tempfile.mkdtemp(prefix="finsam-containers-", dir="/var/tmp")))
    try:
        yield engine
    finally:
        engine.remove()


@pytest.fixture(scope="module")
def built(engine):
    """Both images, on a Debian without Python."""
    engine.make_base()
    for name, dockerfile in IMAGES.items():
        seconds = engine.build(dockerfile, name)
        print(f"{name}: {engine.size(name) / 1e6:.0f} MB, built in {seconds:.0f} s")
    return engine


@pytest.fixture(scope="module")
def server(built):
    """The whole server, healthy."""
    server = containers.Server(
        built, {"FINSAM_AIRFLOW_PORT": free_port(), "FINSAM_POSTGRES_PORT": free_port()}
    )
    server.prepare()
    with built.serving():
        try:
            began = time.monotonic()
            server.compose("up", "-d", "--no-build")
            server.wait_until_healthy(*STAYING)
            print(f"first start: {time.monotonic() - began:.0f} s")
            yield server
        finally:
            server.compose("down", "-v", check=False)


def test_hadolint_and_shellcheck_find_nothing(engine, tmp_path):
    engine.run(containers.hadolint(tmp_path), *IMAGES.values())
    engine.run("shellcheck", "docker/postgres/start.sh", *(PROJECT_ROOT / "docker" / "bin").iterdir())


def test_compose_understands_the_file(engine):
    engine.run("docker-compose", "-f", containers.COMPOSE, "config", "--quiet")


def test_the_image_holds_the_house_and_not_the_workshop(built):
    def inside(*command, check=True):
        return built.run(
            "podman",
            "run",
            "--rm",
            "--network=none",
            "--read-only",
            "localhost/finsam-warehouse",
            *command,
            check=check,
        )

    assert "Finsam Warehouse" in inside("finsam", "--help").stdout
    assert inside("id", "-u").stdout.strip() == "10001"
    inside("python", "-c", "import airflow, dbt, great_expectations")
    assert inside("touch", "/opt/finsam/app/new", check=False).returncode != 0
    for tool in ("pip", "uv", "pytest", "mypy", "ruff"):
        assert inside("python", "-c", f"import {tool}", check=False).returncode == 1, tool
    # what the build was handed to reach its packages, and what has no business here
    gone = inside("sh", "-c", "ls /run/ca.pem /etc/pip.conf /etc/uv /opt/finsam/app/tests", check=False)
    assert gone.stdout == ""
    for name, largest in LARGEST.items():
        assert built.size(name) < largest


def test_the_same_image_runs_under_buildah_alone(built):
    """Chroot isolation, for machines that cannot run containers either."""
    container = built.run("buildah", "from", "localhost/finsam-warehouse").stdout.strip()
    try:
        alone = ("buildah", "run", "--isolation", "chroot", container, "--")
        assert "Finsam Warehouse" in built.run(*alone, "finsam", "--help").stdout
        assert built.run(*alone, "id", "-u").stdout.strip() == "10001"
    finally:
        built.run("buildah", "rm", container)


def test_no_secret_can_be_read_from_outside_the_containers(server):
    values = {file.name: file.read_text().strip() for file in server.secrets.iterdir()}
    told = str([server.inspect(name) for name in (*STAYING, "migrate")])
    shown = server.engine.run("ps", "-eo", "args").stdout
    logged = "".join(server.logs(name) for name in (*STAYING, "migrate"))
    assert [name for name, value in values.items() if value in told + shown + logged] == []


def test_a_service_has_its_own_secrets_and_cannot_write_but_to_its_data(server):
    def secrets_of(service):
        return set(server.inside(service, "ls", "/run/secrets").stdout.split())

    assert secrets_of("postgres") == {"postgres_admin"}
    assert "pseudonym_key_1" in secrets_of("airflow-scheduler")
    for name in AIRFLOW:
        assert "postgres_admin" not in secrets_of(name)
        assert server.inside(name, "touch", "/opt/new", check=False).returncode != 0
        assert server.inside(name, "id", "-u").stdout.strip() == "10001"
    for name in ("postgres", "airflow-apiserver"):
        ports = [
            port
            for ports in server.inspect(name)["NetworkSettings"]["Ports"].values()
            for port in ports or ()
        ]
        assert {port["HostIp"] for port in ports} == {"127.0.0.1"}


def test_the_scheduler_runs_a_night_and_its_figures_are_read(server):
    deliver_demo(server.home)
    server.engine.run("chown", "-R", "10001:10001", server.home / "landing", server.home / "reference")
    api = airflow(server)
    assert api.import_errors() == {}
    api.trigger("ingest_reference", f"try-{uuid.uuid4().hex[:6]}")
    wait_for(api, "ingest_reference")
    api.trigger("ingest_ledger", f"try-{uuid.uuid4().hex[:6]}")
    until = time.monotonic() + NIGHT_SECONDS
    while not figures(server):
        assert time.monotonic() < until, server.logs("airflow-scheduler")
        time.sleep(3)
    assert "huvudbok_2017_avbruten.se" in server.inside("airflow-scheduler", "finsam", "status").stdout
    assert list((server.home / "quarantine").glob("*/refusal.txt"))


def test_the_rest_of_the_night_by_the_command(server):
    wait_for(airflow(server), "build_marts")
    done = server.inside("airflow-scheduler", "finsam", "nightly", check=False)
    assert done.returncode in {0, 1}, done.stderr
    assert "PUBLICERAT" in done.stdout


def test_the_health_checks_say_what_is_wrong_and_everything_comes_back(server):
    server.compose("stop", "postgres")
    said = server.inside("airflow-apiserver", "finsam-server", "health", "api-server", check=False)
    assert (said.returncode, said.stdout.strip()) == (1, "Airflow når inte sin databas.")
    status = server.inside("airflow-apiserver", "finsam", "status", check=False)
    assert status.returncode == 3
    assert "Databasen på postgres:5432/finsam svarar inte" in status.stderr
    server.compose("start", "postgres")
    server.wait_until_healthy(*STAYING)


def test_passwords_are_changed_and_everything_starts_again_as_the_runbook_says(server):
    before = figures(server)
    old = {
        name: (server.secrets / name).read_text()
        for name in ("roles.json", "pseudonym_key_1", "airflow_password")
    }
    server.compose("down")
    roles = json.loads(old["roles.json"])
    del roles["finsam_reader"]
    (server.secrets / "roles.json").write_text(json.dumps(roles))
    (server.secrets / "airflow_password").unlink()
    said = server.make_secrets()
    assert {line for line in said.splitlines() if "finns redan" not in line} == {
        "airflow_password: gjord",
        "roles.json: kompletterad",
    }
    server.compose("up", "-d", "--no-build")
    server.wait_until_healthy(*STAYING)
    assert "har redan rätt form" in server.logs("migrate")
    assert figures(server) == before
    assert airflow(server).dag_ids()
    assert (server.secrets / "pseudonym_key_1").read_text() == old["pseudonym_key_1"]
    (server.secrets / "roles.json").write_text(old["roles.json"])
    with pytest.raises(connection.WarehouseUnavailable, match="lösenord"):
        figures(server)


def airflow(server):
    address = f"http://127.0.0.1:{server.variables['FINSAM_AIRFLOW_PORT']}"
    return AirflowApi(address, "finsam", (server.secrets / "airflow_password").read_text())


def wait_for(api, dag_id):
    """Until that DAG has runs and none is open; none may have failed."""
    until = time.monotonic() + NIGHT_SECONDS
    while True:
        runs = [run for run in api.runs_since("2020-01-01T00:00:00Z") if run.dag_id == dag_id]
        if runs and not any(run.is_open for run in runs):
            assert {run.state for run in runs} == {"success"}
            return
        assert time.monotonic() < until, f"{dag_id} does not end"
        time.sleep(3)


def figures(server):
    """What a reader on the host sees, through the port on loopback."""
    port = server.variables["FINSAM_POSTGRES_PORT"]
    reader = Settings(
        home=server.home,
        secret_folder=server.secrets,
        warehouse_url=f"postgresql://reader@127.0.0.1:{port}/finsam",
    )
    with connection.connect(reader, "finsam_reader") as database:
        return database.execute(
            "select association_id, fiscal_year, result_sek from marts.own_capital order by 1, 2"
        ).fetchall()
