"""Runs the site as config/deploy describes it, without Docker, and tries what must hold.

The files of the image are laid out and its commands run there; two web processes and two workers
stand on one PostgreSQL with a streaming replica and one Redis, behind nginx under the configuration
that compose's release step writes. About a minute. Everything it starts it ends.
"""

import os
import secrets
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from config.deploy.proof import papers
from config.deploy.proof.machines import (
    HOST,
    NGINX,
    PRIMARY,
    REDIS,
    REPLICA,
    WEB_A,
    WEB_B,
    Machines,
    MissingError,
    listens,
    say,
    write,
)


def main() -> int:
    ports = [int(os.environ.get("PROVE_PORT", "8350")) + offset for offset in range(6)]
    if taken := [port for port in ports if listens(port)]:
        write(f"Something listens on port {taken[0]}; choose others with PROVE_PORT.")
        return 1
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    with tempfile.TemporaryDirectory(prefix="tougao-proof-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        machines = Machines(folder)
        try:
            _prove(machines, ports)
        except MissingError as missing:
            write(str(missing))
            return 1
        except BaseException:
            for log in sorted(folder.glob("*.log")):
                write(f"--- {log.name}\n{log.read_text(errors='replace')[-3000:]}")
            raise
        finally:
            machines.stop()
    say("proved")
    return 0


def _prove(machines: Machines, ports: list[int]) -> None:
    papers.check_papers()
    say("Dockerfile and compose.yaml agree with the settings")
    app = machines.folder / "app"
    papers.copy_image(app)
    environment = _environment(machines.folder, ports)
    command = ["sh", "-euc", _here(papers.collecting_command(), machines.folder)]
    collecting = machines.start("collecting", command, environment, app)
    machines.start_postgresql(ports[PRIMARY], ports[REPLICA])
    machines.start_redis(ports[REDIS])
    _run(["createdb", "-h", "127.0.0.1", "-p", str(ports[PRIMARY]), "-U", "postgres", "tougao"])
    assert collecting.wait() == 0, "the image's static files are collected"
    say("PostgreSQL with a replica, Redis; the image's static files collected from its files alone")
    release = _here(papers.release_command(), machines.folder).replace(
        "--upstream web:8000",
        f"--upstream 127.0.0.1:{ports[WEB_A]} --upstream 127.0.0.1:{ports[WEB_B]} "
        f"--listen 127.0.0.1:{ports[NGINX]} --media {machines.folder}/data/media",
    )
    subprocess.run(["sh", "-euc", release], cwd=app, env=environment, check=True)
    say("compose's release step: migrate, sync_roles, static files, nginx's configuration")
    python = environment["PYTHON"]
    for name, port in (("web-a", ports[WEB_A]), ("web-b", ports[WEB_B])):
        words = [python if word == "python" else word for word in papers.start_command()]
        machines.start(name, words, {**environment, "PORT": str(port)}, app)
    for name in ("worker-a", "worker-b"):
        command = papers.compose()["services"]["worker"]["command"]
        machines.start(name, [python, *command[1:]], environment, app)
    machines.start_nginx(machines.folder / "nginx" / "tougao.conf", ports[NGINX])
    os.environ.update(environment)
    from config.deploy.proof.trials import Trials  # noqa: PLC0415 (it needs the settings)

    Trials(machines, ports).run()


def _environment(folder: Path, ports: list[int]) -> dict[str, str]:
    """The environment that compose gives, with this machine's addresses and folders."""
    given = papers.compose()["x-site"]["environment"]
    bin_folder = str(Path(sys.executable).parent)
    for part in ("data/media", "data/private", "data/pages", "srv/static", "nginx"):
        (folder / part).mkdir(parents=True)
    return {
        "PATH": f"{bin_folder}:{os.environ['PATH']}",
        "HOME": str(folder),
        "PYTHON": sys.executable,
        "PYTHONUNBUFFERED": "1",
        "LC_ALL": "C.UTF-8",
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "SECRET_KEY": secrets.token_urlsafe(50),
        "ALLOWED_HOSTS": HOST,
        "SITE_URL": f"https://{HOST}",
        "EMAIL_URL": "memory:",
        "LOG_LEVEL": "WARNING",
        **given,
        "DATABASE_URL": f"postgres://postgres@127.0.0.1:{ports[PRIMARY]}/tougao",
        "DATABASE_REPLICA_URL": f"postgres://postgres@127.0.0.1:{ports[REPLICA]}/tougao",
        "CACHE_URL": f"redis://127.0.0.1:{ports[REDIS]}/0",
        "DATA_DIR": str(folder / "data"),
        "STATIC_ROOT": str(folder / "app" / "static"),
        "PAGES_DIR": str(folder / "data" / "pages"),
    }


def _here(script: str, folder: Path) -> str:
    """Let a script of the image work in this folder."""
    for there, here in {
        "/app/": f"{folder}/app/",
        "/srv/static": f"{folder}/srv/static",
        "/srv/nginx": f"{folder}/nginx",
        "/tmp/build": f"{folder}/build",  # noqa: S108 (the image's own)
    }.items():
        script = script.replace(there, here)
    return script


def _run(command: list[str]) -> None:
    subprocess.run(command, check=True)


if __name__ == "__main__":
    sys.exit(main())
