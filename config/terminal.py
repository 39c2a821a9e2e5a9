"""What a start says on the terminal: lines, and one line of progress that is rewritten."""

import io
import shutil
import time
import unicodedata
from typing import Any

_EVERY = 5.0  # seconds


class Terminal:
    """Writes to a command's stdout. Off a terminal, progress is a line now and then."""

    def __init__(self, out: Any) -> None:
        self._out = out
        self._live = bool(out.isatty())
        self._shown = False
        self._said = time.monotonic()

    def line(self, text: str = "") -> None:
        self._clear()
        self._out.write(text + "\n")
        self._out.flush()

    def progress(self, text: str, done: int) -> None:
        """Show how far something is: `text` and a count."""
        if self._live:
            self._out.write(f"\r\x1b[K    {text} {done}")
            self._out.flush()
            self._shown = True
        elif time.monotonic() - self._said > _EVERY:
            self._said = time.monotonic()
            self._out.write(f"    {text} {done}\n")
            self._out.flush()

    def box(self, lines: list[str]) -> None:
        width = min(max(width_of(line) for line in lines) + 4, shutil.get_terminal_size().columns)
        self.line("─" * width)
        for line in lines:
            self.line("  " + line)
        self.line("─" * width)

    def _clear(self) -> None:
        if self._shown:
            self._out.write("\r\x1b[K")
            self._shown = False


class Counter(io.StringIO):
    """A stdout for a command, which counts the lines that begin like one of `prefixes`."""

    def __init__(self, terminal: Terminal, text: str, prefixes: tuple[str, ...]) -> None:
        super().__init__()
        self._terminal, self._text, self._prefixes = terminal, text, prefixes
        self._done = 0

    def write(self, text: str) -> int:
        if text.lstrip().startswith(self._prefixes):
            self._done += 1
            self._terminal.progress(self._text, self._done)
        return len(text)


def width_of(text: str) -> int:
    """Columns that a text takes on a terminal; a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
