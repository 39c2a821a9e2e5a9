"""Plots drawn on the server: numbers become places; the templates draw them as SVG."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

# The drawing is stretched to its place on the page; what is written stands beside it as text.
WIDTH, HEIGHT = 600, 160
_GAP = 0.25


@dataclass(frozen=True)
class Bar:
    """One day: where its bar stands, and what it says."""

    x: float
    y: float
    width: float
    height: float
    day: date
    value: int


@dataclass(frozen=True)
class Plot:
    """A row of bars, a day each, as high as their values against the greatest."""

    bars: list[Bar]
    width: int = WIDTH
    height: int = HEIGHT

    @property
    def total(self) -> int:
        return sum(bar.value for bar in self.bars)

    @property
    def highest(self) -> Bar | None:
        """The day with the greatest value, the latest of several; none where all are zero."""
        best = max(self.bars, key=lambda bar: (bar.value, bar.day), default=None)
        return best if best is not None and best.value else None

    @property
    def first(self) -> date:
        return self.bars[0].day

    @property
    def last(self) -> date:
        return self.bars[-1].day

    @property
    def newest_first(self) -> list[Bar]:
        return self.bars[::-1]


def daily_plot(values: Sequence[tuple[date, int]]) -> Plot:
    """Return the plot of values by day, in their order."""
    most = max((value for _day, value in values), default=0)
    step = WIDTH / max(1, len(values))
    bars = []
    for place, (day, value) in enumerate(values):
        height = round(HEIGHT * value / most, 1) if most else 0.0
        if value:
            height = max(2.0, height)  # What was read once is seen.
        x, width = round(place * step + step * _GAP / 2, 1), round(step * (1 - _GAP), 1)
        bars.append(Bar(x, round(HEIGHT - height, 1), width, height, day, value))
    return Plot(bars)
