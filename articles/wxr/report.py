"""The report of an import: a row for each address of the old site, written as it goes."""

import csv
import json
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

from django.utils.translation import gettext as _

from articles.wxr.stream import Refused

COLUMNS = ("url", "type", "status", "title", "what", "new_url", "why")
CREATED, UPDATED, UNCHANGED = "created", "updated", "unchanged"
KEPT, SKIPPED, FAILED = "kept", "skipped", "failed"
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_SHOWN_PROBLEMS = 20


@dataclass
class Entry:
    """What became of one item."""

    url: str
    type: str
    status: str
    title: str
    what: str = SKIPPED
    new_url: str = ""
    why: list[str] = field(default_factory=list)


class Report:
    """Counts what happened and writes each entry to a file: CSV, or JSON by its ending."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        self.counts: Counter[tuple[str, str]] = Counter()
        self.shortcodes: Counter[str] = Counter()
        self.problems: list[Entry] = []
        self._is_json = path is not None and path.suffix.lower() == ".json"
        self._written = 0
        self._file = None
        if path is not None:
            try:
                # The mark lets spreadsheets know that the CSV is UTF-8.
                encoding = "utf-8" if self._is_json else "utf-8-sig"
                self._file = path.open("w", encoding=encoding, errors="replace", newline="")
            except (OSError, ValueError) as error:
                raise Refused(
                    _("The report %(path)s cannot be written: %(why)s")
                    % {"path": path, "why": error}
                ) from error
            self._file.write('{"items": [' if self._is_json else "")
            if not self._is_json:
                csv.writer(self._file).writerow(COLUMNS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        if self._file is not None and not self._file.closed:
            self._file.close()

    def add(self, entry: Entry) -> None:
        """Count an entry and write it."""
        self.counts[entry.type, entry.what] += 1
        if entry.what == FAILED and len(self.problems) < _SHOWN_PROBLEMS:
            self.problems.append(entry)
        if self._file is None:
            return
        if self._is_json:
            self._file.write(",\n" if self._written else "\n")
            json.dump(asdict(entry), self._file, ensure_ascii=False)
        else:
            row = [entry.url, entry.type, entry.status, entry.title, entry.what, entry.new_url]
            csv.writer(self._file).writerow([_harmless(v) for v in [*row, "；".join(entry.why)]])
        self._written += 1

    def finish(self, summary: dict[str, Any]) -> None:
        """End the file; JSON gets the summary."""
        if self._file is None:
            return
        if self._is_json:
            self._file.write('\n], "summary": ')
            json.dump(summary, self._file, ensure_ascii=False, indent=1)
            self._file.write("}\n")
        self._file.close()

    def total(self, what: str, kind: str | None = None) -> int:
        return sum(n for (k, w), n in self.counts.items() if w == what and kind in {None, k})


def _harmless(value: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    value = value.replace("\x00", "")
    return f"'{value}" if value.startswith(_FORMULA) else value
