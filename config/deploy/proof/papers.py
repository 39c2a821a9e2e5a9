"""What is written in Dockerfile and compose.yaml, read so that it can be run without Docker."""

import re
import shlex
import shutil
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent.parent.parent
DEPLOY = ROOT / "config" / "deploy"
# Said by compose or PostgreSQL, or read by others than the settings.
_NOT_OURS = {"DATA_DIR", "STATIC_ROOT", "HOST", "PORT"}


def instructions() -> list[tuple[str, str]]:
    """Return the Dockerfile's instructions, long lines joined."""
    text = re.sub(r"^#.*\n", "", (DEPLOY / "Dockerfile").read_text(), flags=re.MULTILINE)
    lines = re.sub(r"\\\n\s*", " ", text).splitlines()
    return [(line.split()[0], line.split(None, 1)[1]) for line in lines if line.strip()]


def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    return loaded


def copy_image(target: Path) -> None:
    """Lay out in `target` what the Dockerfile copies into /app, and nothing else."""
    target.mkdir()
    final = [line for line in _final_stage() if line[0] == "COPY"]
    for _instruction, arguments in final:
        source, _, to = arguments.partition(" ")
        if source.startswith("--from"):
            continue
        origin, place = ROOT / source, target / to
        if origin.is_dir():
            shutil.copytree(origin, place, ignore=shutil.ignore_patterns("__pycache__", "*.env"))
        else:
            shutil.copy(origin, place)


def _final_stage() -> list[tuple[str, str]]:
    lines = instructions()
    last = max(at for at, (name, _) in enumerate(lines) if name == "FROM")
    return lines[last:]


def collecting_command() -> str:
    """Return the shell command of the image's that collects the static files; here without the
    text editor's two thousand and the API's description, which take a minute to compress and which
    no trial asks for."""
    (command,) = [
        text for what, text in instructions() if what == "RUN" and "collectstatic" in text
    ]
    return command.replace("--no-input", "--no-input --ignore ckeditor --ignore ninja")


def start_command() -> list[str]:
    """Return CMD."""
    (command,) = [text for name, text in _final_stage() if name == "CMD"]
    words: list[str] = yaml.safe_load(command)
    return words


def release_command() -> str:
    """Return the shell script of the one-shot service."""
    script: str = compose()["services"]["release"]["command"][2]
    return script


def check_papers() -> None:
    """Raise AssertionError for what compose.yaml, Dockerfile and settings do not agree on."""
    _check_image()
    _check_services(compose())
    _check_variables(compose())


def _check_image() -> None:
    stage = _final_stage()
    assert ("USER", "tougao") in stage, "the image does not run as root"
    assert {"HEALTHCHECK", "CMD"} <= {name for name, _ in stage}
    everything = " ".join(text for _, text in instructions())
    for lock in re.findall(r"-r /locks/(\S+)", everything):
        text = (ROOT / "config" / "requirements" / lock).read_text()
        assert "--require-hashes" in everything
        assert "--index-url" not in text
        pinned = re.findall(r"^[a-z0-9].*", text, re.MULTILINE)
        assert pinned, f"{lock} names something"
        assert all(line.endswith("\\") for line in pinned), f"all of {lock} has its hashes"


def _check_services(papers: dict[str, Any]) -> None:
    services, volumes = papers["services"], set(papers["volumes"])
    assert {"web", "worker", "periodic", "release", "nginx", "db", "redis"} <= set(services)
    for name, service in services.items():
        for other in service.get("depends_on", {}):
            assert other in services, f"{name} depends on {other}"
        for volume in service.get("volumes", []):
            assert volume.partition(":")[0] in volumes, f"{name}: {volume}"
        assert "restart" in service, name
        assert "healthcheck" in service or name == "web", name
    shared = {line.partition(":")[0] for line in services["nginx"]["volumes"]}
    assert "private" not in shared, "nginx cannot see private files"
    commands = {path.stem for path in (ROOT / "config" / "management" / "commands").glob("*.py")}
    commands |= {path.stem for path in ROOT.glob("articles/management/commands/*.py")}
    for name in ("release", "worker", "periodic"):
        words = shlex.split(" ".join(services[name]["command"]))
        named = [words[at + 1] for at, word in enumerate(words) if word == "manage.py"]
        assert named, f"{name} runs manage.py"
        assert set(named) <= commands, f"{name}: {named}"


def _check_variables(papers: dict[str, Any]) -> None:
    """Each variable that is set is one that the settings read."""
    settings = (ROOT / "config" / "settings.py").read_text()
    settings += (ROOT / "config" / "outside.py").read_text()
    example = (DEPLOY / "site.env.example").read_text()
    names = set(re.findall(r"^#?([A-Z][A-Z0-9_]+)=", example, re.MULTILINE))
    names |= set(papers["x-site"]["environment"])
    unknown = {name for name in names if f'"{name}"' not in settings}
    assert not unknown - _NOT_OURS, f"no setting reads {unknown}"
