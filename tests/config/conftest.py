import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def dead_worker() -> str:
    """The name of a worker of this machine that has ended."""
    code = "from articles.services.background import worker_id; print(worker_id())"
    code = f"import django; from django.conf import settings; django.setup(); {code}"
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True,
        env=_environment(),
    )  # fmt: skip
    return result.stdout.strip()


def _environment() -> dict[str, str]:
    import os

    return {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings", "PYTHONPATH": str(ROOT)}
