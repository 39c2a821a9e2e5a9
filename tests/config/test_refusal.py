"""A start without what it needs says so, in a few lines."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
WHOLE = {
    "SECRET_KEY": "tGq3o8xk2Vd0bR7wYzN5hJ1mLpC9sFaEuQ4iXvTnB6yKrHgWcZ",
    "ALLOWED_HOSTS": "www.example.com,example.com",
    "SITE_URL": "https://www.example.com",
    "TRUSTED_PROXY_COUNT": "1",
    "OPERATOR_NAME": "示例",
    "OPERATOR_ADDRESS": "杭州市",
    "EMAIL_URL": "smtp://user:secret@mail.example.com:587/?tls=True",
}


def run(arguments: list[str], tmp_path: Path, **environment: str) -> tuple[int, str]:
    known = {"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path / "data")}
    result = subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env={**known, **environment},
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    return result.returncode, result.stdout + result.stderr


def test_the_web_server_names_them_too(tmp_path: Path) -> None:
    code, output = run(["-c", "import config.wsgi"], tmp_path, **{**WHOLE, "SECRET_KEY": ""})
    assert code == 1
    assert "SECRET_KEY is not set" in output
    assert "Traceback" not in output


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY is not set"),
        ({"ALLOWED_HOSTS": " , "}, "ALLOWED_HOSTS is not set"),
        ({"SITE_URL": "www.example.com"}, "SITE_URL must be like"),
        ({"PORT": "http"}, '"PORT" invalid'),
        ({"DEMO": "perhaps"}, '"DEMO" invalid'),
    ],
)
def test_wrong_settings_are_named_without_a_traceback(
    changed: dict[str, str], said: str, tmp_path: Path
) -> None:
    code, output = run(["manage.py", "check"], tmp_path, **{**WHOLE, **changed})
    assert code == 1
    assert said in output
    assert "Traceback" not in output


def test_a_site_in_production_passes_the_deployment_checks(tmp_path: Path) -> None:
    code, output = run(
        ["manage.py", "check", "--deploy", "--fail-level", "WARNING"], tmp_path, **WHOLE
    )
    # The calendar's end is no fault of the site: it comes once a year.
    told = set(re.findall(r"\((\w+\.[EWI]\d+)\)", output))
    assert (code, told - {"moderation.I001"}) == (0, set()), output


def test_commands_work_on_the_site_of_make_run_and_nothing_is_served(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "secret_key").write_text(WHOLE["SECRET_KEY"])
    code, output = run(["manage.py", "migrate", "--check"], tmp_path)
    assert "The site cannot start" not in output, output
    for command in ("serve", "work", "periodic", "check"):
        code, output = run(["manage.py", command], tmp_path)
        assert (code, "SECRET_KEY is not set" in output) == (1, True), output
