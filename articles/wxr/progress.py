"""Progress that a person can watch: a bar on a terminal, a line now and then elsewhere."""

import sys
import time
from typing import TextIO

_BAR_SECONDS, _LINE_SECONDS = 0.2, 5.0
_WIDTH = 28


class Progress:
    """Shows how far a stage is. Quiet for what ends within a moment."""

    def __init__(self, stream: TextIO | None = None, *, is_quiet: bool = False) -> None:
        self.stream = stream or sys.stderr
        self.is_bar = self.stream.isatty()
        self.is_quiet = is_quiet
        self._last = time.monotonic()
        self._drawn = 0

    def show(self, stage: str, done: int, total: int, unit: str = "") -> None:
        """Show a stage's progress; cheap to call often."""
        now = time.monotonic()
        if self.is_quiet or now - self._last < (_BAR_SECONDS if self.is_bar else _LINE_SECONDS):
            return
        self._last = now
        share = min(1.0, done / total) if total else 1.0
        if self.is_bar:
            filled = int(share * _WIDTH)
            line = f"{stage} [{'█' * filled}{'·' * (_WIDTH - filled)}] {share:4.0%} {unit}"
            self.stream.write("\r" + line + " " * max(0, self._drawn - len(line)))
            self._drawn = len(line)
        else:
            self.stream.write(f"{stage} {share:.0%} {unit}\n")
        self.stream.flush()

    def end(self) -> None:
        """Leave the line of the bar."""
        if self._drawn:
            self.stream.write("\r" + " " * (self._drawn * 2) + "\r")
            self.stream.flush()
            self._drawn = 0
