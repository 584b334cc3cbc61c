"""The server's files, read without building anything: what compose.yml and the Dockerfiles promise, and `finsam-server`."""

import re

import pytest
import yaml

from ingestion import orchestrator, server, settings
from ingestion.airflow_processes import COMPONENTS
from ingestion.warehouse import connection, embedded
from ingestion.warehouse.embedded import WarehouseUnavailable

DOCKER = settings.PROJECT_ROOT / "docker"
COMPOSE = yaml.safe_load((DOCKER / "compose.yml").read_text(encoding="utf-8"))
SERVICES = COMPOSE["services"]
STAYING = sorted(set(SERVICES) - {"migrate"})
DOCKERFILES = [DOCKER / "Dockerfile", DOCKER / "postgres" / "Dockerfile"]


@pytest.fixture
def variables(monkeypatch, tmp_path):
    """An environment of our own: set what is given, nothing else of ours."""

    def use(**values):
        for name in (
            "HOME",
            "SECRETS",
            "WAREHOUSE_URL",
            "WAREHOUSE_PASSWORD_FILE",
            "AIRFLOW_URL",
            "AIRFLOW_PUBLIC_URL",
        ):
            monkeypatch.delenv(f"FINSAM_{name}", raising=False)
        for name, value in values.items():
            monkeypatch.setenv(name, str(value))
        return settings.load()

    return use


def test_postgres_migrate_and_every_component_of_airflow_are_services():
    commands = {" ".join(service["command"]) for service in SERVICES.values() if "command" in service}
    assert commands == {"finsam-server migrate", *(f"finsam-server {name}" for name in server.NAMES)}
    assert set(server.NAMES.values()) == set(COMPONENTS)
    assert set(SERVICES) == {
        "postgres",
        "migrate",
        *(f"airflow-{name.replace('api-s', 'apis')}" for name in server.NAMES),
    }


@pytest.mark.parametrize("name", STAYING)
def test_what_stays_has_a_health_check_of_its_own_and_comes_back(name):
    asked = SERVICES[name]["healthcheck"]["test"]
    assert asked[0] == "CMD"
    assert SERVICES[name]["restart"] == "unless-stopped"
    if name != "postgres":
        assert asked[1:] == ["finsam-server", "health", SERVICES[name]["command"][1]]


@pytest.mark.parametrize("name", SERVICES)
def test_no_service_may_more_than_it_must(name):
    service = SERVICES[name]
    assert service["user"] == "10001:10001"
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert {"mem_limit", "cpus", "pids_limit"} <= set(service)
    assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))
    assert "privileged" not in service
    assert not any("docker.sock" in volume for volume in service["volumes"])


@pytest.mark.parametrize("name", SERVICES)
def test_no_secret_in_environment_or_command(name):
    """Names of files only: a password in the environment is read with `docker inspect`."""
    environment = SERVICES[name].get("environment", {})
    for variable, value in environment.items():
        assert variable.endswith("_FILE") or not re.search(r"PASSWORD|KEY|TOKEN|SECRET(?!S$)", variable)
        assert not re.search(r"//[^/@]*:[^/@]*@", str(value)), "a password in an address"
    assert "env_file" not in SERVICES[name]
    assert set(SERVICES[name]["secrets"]) <= set(COMPOSE["secrets"])


def test_every_secret_is_a_file_and_goes_to_those_who_need_it_only():
    assert all(set(secret) == {"file"} for secret in COMPOSE["secrets"].values())
    holders = {
        secret: {name for name, service in SERVICES.items() if secret in service["secrets"]}
        for secret in COMPOSE["secrets"]
    }
    assert holders["postgres_admin"] == {"postgres", "migrate"}
    assert holders["pseudonym_key_1"] == {"airflow-scheduler"}
    assert all(holders.values())


def test_nothing_starts_before_the_databases_have_their_shape():
    for name in set(STAYING) - {"postgres"}:
        before = {service: how["condition"] for service, how in SERVICES[name]["depends_on"].items()}
        assert before["postgres"] == "service_healthy"
        assert before["migrate"] == "service_completed_successfully"
    assert SERVICES["migrate"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}


@pytest.mark.parametrize("file", DOCKERFILES, ids=lambda file: file.parent.name)
def test_an_image_has_its_base_as_an_argument_and_is_not_root(file):
    text = file.read_text(encoding="utf-8")
    default = re.search(r"^ARG BASE_IMAGE=(\S+)$", text, re.M).group(1)
    assert re.search(r":\d[\w.-]+$", default), "pinned to a release"
    assert re.findall(r"^FROM (\S+)", text, re.M)[0] == "${BASE_IMAGE}"
    assert re.findall(r"^USER (\S+)$", text, re.M) == ["10001:10001"]
    assert all(default in str(SERVICES[name]["build"]["args"]) for name in ("postgres", "migrate"))


def test_the_image_is_made_from_the_lock_and_names_no_index():
    text = DOCKERFILES[0].read_text(encoding="utf-8")
    assert text.count("--require-hashes") == 2
    assert "--constraint requirements.lock" in text
    assert not re.search(r"https?://|--(extra-)?index|trusted-host", text)
    ignored = (settings.PROJECT_ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert next(line for line in ignored if line and not line.startswith("#")) == "*"


def test_the_server_writes_no_more_about_people_to_its_log_than_the_embedded_one():
    server_file = (DOCKER / "postgres" / "postgresql.conf").read_text(encoding="utf-8")
    for line in embedded.SERVER_SETTINGS.splitlines():
        if line.startswith("log_"):
            assert line in server_file.splitlines()


def test_the_password_is_read_from_its_file(variables, tmp_path):
    (tmp_path / "password").write_text("ab/c@d:e\n")
    loaded = variables(
        FINSAM_WAREHOUSE_URL="postgresql://admin@db:5432/finsam",
        FINSAM_WAREHOUSE_PASSWORD_FILE=tmp_path / "password",
    )
    found = connection.admin_target(loaded)
    assert (found.user, found.password, found.host, found.database) == ("admin", "ab/c@d:e", "db", "finsam")
    assert connection.is_administrator(loaded)


def test_a_password_file_that_is_not_there_is_one_sentence(variables, tmp_path, capsys):
    with pytest.raises(settings.SettingsProblem, match="FINSAM_WAREHOUSE_PASSWORD_FILE"):
        variables(FINSAM_WAREHOUSE_URL="postgresql://a@b/c", FINSAM_WAREHOUSE_PASSWORD_FILE=tmp_path / "none")
    assert server.main(["migrate"]) == server.BROKEN
    assert "FINSAM_WAREHOUSE_PASSWORD_FILE" in capsys.readouterr().err


def test_without_the_password_nobody_is_administrator(variables):
    loaded = variables(FINSAM_WAREHOUSE_URL="postgresql://admin@db/finsam")
    assert not connection.is_administrator(loaded)


def test_secrets_are_made_once_and_completed(variables, tmp_path, capsys):
    folder = tmp_path / "secrets"
    variables(FINSAM_HOME=tmp_path / "home", FINSAM_SECRETS=folder)
    assert server.main(["secrets"]) == server.DONE
    assert {file.name for file in folder.iterdir()} == set(COMPOSE["secrets"])
    assert all(file.stat().st_mode & 0o077 == 0 for file in folder.iterdir())
    first = {file.name: file.read_text() for file in folder.iterdir()}
    (folder / "roles.json").write_text("{}")
    capsys.readouterr()
    assert server.main(["secrets"]) == server.DONE
    said = capsys.readouterr().out
    assert "roles.json: kompletterad" in said
    assert not any(value in said for value in first.values())
    assert {name: text for name, text in first.items() if (folder / name).read_text() != text}.keys() == {
        "roles.json"
    }


def test_a_secret_that_is_not_mounted_is_one_sentence(variables, tmp_path):
    (tmp_path / "file").write_text("")
    loaded = variables(FINSAM_HOME=tmp_path, FINSAM_SECRETS=tmp_path / "file" / "secrets")
    with pytest.raises(settings.SettingsProblem, match="pseudonym_key_1"):
        settings.secret(loaded, "pseudonym_key_1")
    with pytest.raises(WarehouseUnavailable, match="Lösenord saknas"):
        connection.ensure_passwords(loaded)


def test_the_components_find_each_other_by_name_and_people_by_their_own_address(
    variables, tmp_path, monkeypatch
):
    loaded = variables(
        FINSAM_HOME=tmp_path,
        FINSAM_AIRFLOW_URL="http://airflow-apiserver:8080",
        FINSAM_AIRFLOW_PUBLIC_URL="http://127.0.0.1:9999",
    )
    monkeypatch.setattr(orchestrator, "_database_url", lambda _: "")
    found = server._environment(loaded)
    assert found["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"] == "http://airflow-apiserver:8080/execution/"
    assert found["AIRFLOW__API__BASE_URL"] == "http://127.0.0.1:9999"
    assert (found["AIRFLOW__API__HOST"], found["AIRFLOW__API__PORT"]) == ("0.0.0.0", "8080")
    assert "airflow-apiserver" in found["NO_PROXY"]
    assert server._environment(variables(FINSAM_HOME=tmp_path))["AIRFLOW__API__HOST"] == "127.0.0.1"


class Client:
    """A web server that says this about everybody's health."""

    def __init__(self, health):
        self._health = health

    def health(self, _seconds):
        return self._health

    def warm_up(self):
        pass


@pytest.mark.parametrize(
    ("health", "said"),
    [
        (None, "webbserver svarar inte"),
        ({"metadatabase": {"status": "unhealthy"}}, "når inte sin databas"),
        ({"metadatabase": {"status": "healthy"}, "scheduler": {}}, "scheduler har inte hört av sig"),
        (
            {
                "metadatabase": {"status": "healthy"},
                "scheduler": {"latest_scheduler_heartbeat": "2021-01-01T00:00:00+00:00"},
            },
            "scheduler har inte hört av sig",
        ),
    ],
)
def test_an_unhealthy_component_says_what_is_wrong(variables, monkeypatch, tmp_path, capsys, health, said):
    variables(FINSAM_HOME=tmp_path)
    monkeypatch.setattr(orchestrator, "api", lambda *_: Client(health))
    assert server.main(["health", "scheduler"]) == server.UNHEALTHY
    assert said in capsys.readouterr().out
