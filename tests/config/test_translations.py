"""Every text of the interface is translated, and the compiled files are those of the texts."""

import gettext
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.services import require_or_skip

ROOT = Path(__file__).resolve().parent.parent.parent
LOCALES = Path("config") / "locale"
PARTS = ("articles", "config", "moderation", "submissions", "templates", "manage.py")
LANGUAGES = ("zh_Hans", "en")


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project in which the texts have been collected anew."""
    require_or_skip("gettext")
    folder = tmp_path_factory.mktemp("project")
    for part in PARTS:
        if (ROOT / part).is_dir():
            leave = shutil.ignore_patterns("__pycache__", "static", "requirements")
            shutil.copytree(ROOT / part, folder / part, ignore=leave)
        else:
            shutil.copy(ROOT / part, folder / part)
    languages = [option for language in LANGUAGES for option in ("-l", language)]
    subprocess.run(
        [sys.executable, "manage.py", "makemessages", *languages, "--no-obsolete"],
        cwd=folder, env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings",
                         "PYTHONPATH": str(ROOT)},
        check=True, capture_output=True, timeout=110,
    )  # fmt: skip
    return folder


def entries(path: Path) -> dict[tuple[str, str], list[str]]:
    """(context, text) → translations; fuzzy ones count as none."""
    plain = subprocess.run(
        ["msgattrib", "--no-obsolete", "--clear-fuzzy", "--empty", "--only-fuzzy", str(path)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    fuzzy = set(_parse(plain.stdout))
    found = _parse(path.read_text(encoding="utf-8"))
    return {key: [] if key in fuzzy else value for key, value in found.items()}


def _parse(text: str) -> dict[tuple[str, str], list[str]]:
    found: dict[tuple[str, str], list[str]] = {}
    for block in re.split(r"\n\s*\n", text):
        fields: dict[str, str] = {}
        name = ""
        for line in block.splitlines():
            if line.startswith("#"):
                continue
            match = re.match(r'(msg\w+(?:\[\d\])?) (".*")$', line)
            if match:
                name, line = match[1], match[2]
                fields[name] = ""
            if name and line.startswith('"'):
                fields[name] += line[1:-1]
        if fields.get("msgid"):
            key = (fields.get("msgctxt", ""), fields["msgid"])
            found[key] = [value for name, value in fields.items() if name.startswith("msgstr")]
    return found


def path_of(folder: Path, language: str, suffix: str = "po") -> Path:
    return folder / LOCALES / language / "LC_MESSAGES" / f"django.{suffix}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_in_the_catalogue(collected: Path, language: str) -> None:
    known = set(entries(path_of(ROOT, language)))
    used = set(entries(path_of(collected, language)))
    assert sorted(used - known) == [], "not collected: manage.py makemessages"
    assert sorted(known - used) == [], "no longer used: manage.py makemessages --no-obsolete"


def test_every_text_is_translated_into_chinese() -> None:
    require_or_skip("gettext")
    missing = [
        text
        for (_context, text), translations in entries(path_of(ROOT, "zh_Hans")).items()
        if not translations or not all(translations)
    ]
    assert missing == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_compiled_file_is_that_of_the_texts(language: str, tmp_path: Path) -> None:
    require_or_skip("gettext")
    fresh = tmp_path / "django.mo"
    subprocess.run(["msgfmt", str(path_of(ROOT, language)), "-o", str(fresh)], check=True)
    assert _catalogue(fresh) == _catalogue(path_of(ROOT, language, "mo"))


def _catalogue(path: Path) -> dict[object, str]:
    with path.open("rb") as compiled:
        texts = dict(gettext.GNUTranslations(compiled)._catalog)
    texts.pop("", None)
    return texts


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_filled_in_stands_in_the_translation_too(language: str) -> None:
    require_or_skip("gettext")
    placeholder = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")
    for (_context, text), translations in entries(path_of(ROOT, language)).items():
        for translation in filter(None, translations):
            assert set(placeholder.findall(translation)) <= set(placeholder.findall(text)), text
