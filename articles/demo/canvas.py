"""The drawing table of the demo covers: a flat-colour canvas, outlines and palettes.

Every picture is drawn in units of a 1200 x 800 sheet, whatever its size in pixels. A sheet
of another shape is covered from the centre, so a 7:3 picture is the middle of the 3:2 one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from random import Random
from typing import Final

from PIL import Image, ImageDraw

WIDTH: Final = 1200
HEIGHT: Final = 800
FLOOR: Final = 572  # Where things stand: the lower end of the central 43 % of the height.

# Malachite greens, for what is green in every light, and brass.
SAGE: Final = "#5fa893"
JADE: Final = "#2d7f6d"
PINE: Final = "#0f5c50"
GOLD: Final = "#d9ab69"

_OVERSAMPLING: Final = 2

Point = tuple[float, float]
Points = Sequence[Point]
Ridge = Callable[[float], float]


@dataclass(frozen=True, slots=True)
class Theme:
    """The colours of one picture, named by the part they play in it."""

    sky: str
    glow: str  # Sun, moon and lamplight.
    hills: tuple[str, str, str, str]  # From the farthest to the nearest.
    table: str
    edge: str  # The darker front of the table, and of other wooden things.
    body: str  # The main object.
    second: str  # What stands beside it.
    accent: str
    light: str = "#fdfcf6"
    ink: str = "#12303f"

    @property
    def dark(self) -> bool:
        """Whether it is night in this picture."""
        return int(self.sky[1:3], 16) < 0x80

    @property
    def air(self) -> str:
        """The sky as seen through a window, set off from the wall in the colour `sky`."""
        return mix(self.sky, self.hills[0], 0.75) if self.dark else mix(self.sky, self.light, 0.45)

    @property
    def water(self) -> str:
        """A lake that belongs to the hills around it."""
        return mix(mix(self.hills[2], self.hills[3], 0.5), self.sky, 0.25)


_SPRING = ("#b4d3c5", "#5fa893", "#2d7f6d", "#1f5580")
_AZURE = ("#b3cad8", "#7ba5ba", "#2f6c8c", "#1b4d80")
_AUTUMN = ("#d5d3ac", "#94b897", "#3f8a74", "#1f5580")

DAY: Final = (
    Theme("#dce8e0", "#f3dfa6", _SPRING, "#c89a5e", "#7a4a16", "#1d5580", "#2d7f6d", "#b8442c"),
    Theme("#d9e2ea", "#f3dfa6", _AZURE, "#b9c9bd", "#2d7f6d", "#1b4d80", "#2d7f6d", "#b8442c"),
    Theme("#f0e4c9", "#dd9a55", _AUTUMN, "#a8713a", "#7a4a16", "#1d5580", "#0a5c51", "#a8472c"),
    Theme("#e4eddf", "#f3dfa6", _SPRING, "#cbbd9c", "#8f6a3c", "#2d7f6d", "#1d5580", "#b8442c"),
    Theme("#bccfdc", "#f6e7ba", _AZURE, "#5fa893", "#0a5c51", "#1b4d80", "#0a5c51", "#b8442c"),
)
NIGHT: Final = (
    Theme(
        *("#18394a", "#f3dfa6", ("#245468", "#1d5f63", "#14504c", "#0d2f3c")),
        *("#7a4a16", "#512f0d", "#5fa893", "#3b7ea6", "#d9803a", "#f7efd8", "#0d242f"),
    ),
    Theme(
        *("#123f3c", "#f3dfa6", ("#1d5a54", "#24695f", "#1b4d63", "#0b2b2b")),
        *("#8a5a26", "#5a360f", "#7fb9a6", "#4488ad", "#d8693f", "#f7efd8", "#0a2724"),
    ),
    Theme(
        *("#1d3f66", "#f3dfa6", ("#2b5580", "#27688a", "#1c5c62", "#12304f")),
        *("#7d4d1c", "#4f2e0e", "#5fa893", "#86b3c9", "#d9803a", "#f7efd8", "#0f2440"),
    ),
)


def mix(first: str, second: str, share: float) -> str:
    """The colour `share` of the way from `first` to `second`, both `#rrggbb`."""
    pairs = ((int(first[i : i + 2], 16), int(second[i : i + 2], 16)) for i in (1, 3, 5))
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


class Canvas:
    """A sheet that takes flat shapes in sheet units and keeps them smooth at any size."""

    def __init__(
        self, size: tuple[int, int], background: str, *, mirror: bool = False, variant: int = 0
    ) -> None:
        """Prepare a sheet of `size` pixels.

        `mirror` swaps left and right in all that follows. `variant` counts up with the seed;
        the scenery picks by it, so that neighbouring seeds never share a stage.
        """
        self.variant = variant
        self._size = size
        wide, high = size[0] * _OVERSAMPLING, size[1] * _OVERSAMPLING
        self._image = Image.new("RGB", (wide, high), background)
        self._scale = max(wide / WIDTH, high / HEIGHT)
        self._left = (wide - WIDTH * self._scale) / 2
        self._top = (high - HEIGHT * self._scale) / 2
        self._mirror = mirror
        self._pen = ImageDraw.Draw(self._image)
        # A pen in RGBA mode blends into an RGB image; it is slower, so only glazes use it.
        self._glaze = ImageDraw.Draw(self._image, "RGBA")

    def _at(self, point: Point) -> Point:
        x = WIDTH - point[0] if self._mirror else point[0]
        return self._left + x * self._scale, self._top + point[1] * self._scale

    def _brush(self, fill: str, alpha: float) -> tuple[ImageDraw.ImageDraw, str]:
        if alpha >= 1:
            return self._pen, fill
        return self._glaze, f"{fill}{round(alpha * 255):02x}"

    def _bounds(self, box: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
        (x0, y0), (x1, y1) = self._at(box[:2]), self._at(box[2:])
        return min(x0, x1), y0, max(x0, x1), y1

    def poly(self, points: Iterable[Point], fill: str, alpha: float = 1) -> None:
        """Fill the outline that runs through `points`."""
        pen, colour = self._brush(fill, alpha)
        pen.polygon([self._at(point) for point in points], fill=colour)

    def oval(
        self, x: float, y: float, across: float, down: float, fill: str, alpha: float = 1
    ) -> None:
        """Fill the ellipse around (x, y) with the half axes `across` and `down`."""
        pen, colour = self._brush(fill, alpha)
        pen.ellipse(self._bounds((x - across, y - down, x + across, y + down)), fill=colour)

    def disc(self, x: float, y: float, radius: float, fill: str, alpha: float = 1) -> None:
        """Fill the circle around (x, y)."""
        self.oval(x, y, radius, radius, fill, alpha)

    def ring(self, x: float, y: float, radius: float, width: float, fill: str) -> None:
        """Draw a circle whose line lies inside `radius`."""
        box = self._bounds((x - radius, y - radius, x + radius, y + radius))
        self._pen.ellipse(box, outline=fill, width=max(1, round(width * self._scale)))

    def rect(
        self,
        left: float,
        top: float,
        right: float,
        bottom: float,
        *,
        fill: str,
        alpha: float = 1,
        radius: float = 0,
    ) -> None:
        """Fill the rectangle (left, top, right, bottom), its corners rounded by `radius`."""
        pen, colour = self._brush(fill, alpha)
        bounds = self._bounds((left, top, right, bottom))
        pen.rounded_rectangle(bounds, radius * self._scale, fill=colour)

    def line(self, points: Iterable[Point], width: float, fill: str) -> None:
        """Draw an opaque line with round ends and joints."""
        path = [self._at(point) for point in points]
        thick = max(1, round(width * self._scale))
        self._pen.line(path, fill=fill, width=thick, joint="curve")
        for x, y in (path[0], path[-1]):
            half = thick / 2
            self._pen.ellipse((x - half, y - half, x + half, y + half), fill=fill)

    def finish(self) -> Image.Image:
        """Return the picture in its final size."""
        return self._image.resize(self._size, Image.Resampling.LANCZOS)


def curve(*points: Point, closed: bool = False, steps: int = 12) -> list[Point]:
    """A smooth (Catmull-Rom) line through all `points`."""
    if closed:
        padded = [points[-1], *points, points[0], points[1]]
    else:
        padded = [points[0], *points, points[-1]]
    path: list[Point] = []
    for a, b, c, d in zip(padded, padded[1:], padded[2:], padded[3:], strict=False):
        for step in range(steps):
            t = step / steps
            x, y = (
                b[i]
                + t * (c[i] - a[i]) / 2
                + t * t * (a[i] - 2.5 * b[i] + 2 * c[i] - d[i] / 2)
                + t * t * t * (1.5 * (b[i] - c[i]) + (d[i] - a[i]) / 2)
                for i in (0, 1)
            )
            path.append((x, y))
    return path if closed else [*path, points[-1]]


def arc(
    x: float, y: float, across: float, down: float, start: float = 0, end: float = 360
) -> list[Point]:
    """Points on an ellipse from `start` to `end` degrees, clockwise from the right."""
    angles = (math.radians(start + (end - start) * i / 64) for i in range(65))
    return [(x + across * math.cos(a), y + down * math.sin(a)) for a in angles]


def turn(points: Iterable[Point], x: float, y: float, degrees: float) -> list[Point]:
    """`points` turned clockwise around (x, y)."""
    sin, cos = math.sin(math.radians(degrees)), math.cos(math.radians(degrees))
    return [
        (x + (a - x) * cos - (b - y) * sin, y + (a - x) * sin + (b - y) * cos) for a, b in points
    ]


def box(left: float, top: float, right: float, bottom: float) -> list[Point]:
    """The corners of a rectangle, for turning."""
    return [(left, top), (right, top), (right, bottom), (left, bottom)]


def leaf(x: float, y: float, length: float, width: float, degrees: float) -> list[Point]:
    """A pointed leaf that grows upwards from (x, y), leaning `degrees` to the right."""
    side = [(width * math.sin(math.pi * (i / 16) ** 0.8), -length * i / 16) for i in range(17)]
    outline = [(x + a, y + b) for a, b in side] + [(x - a, y + b) for a, b in reversed(side)]
    return turn(outline, x, y, degrees)


def ridge(rng: Random, y: float, swing: float, step: float = 260) -> Ridge:
    """A rolling skyline around the height `y`; its summits are about two `step`s apart."""
    up = rng.choice((-1, 1))
    knots = [(-step - rng.uniform(0, step), y)]
    while knots[-1][0] < WIDTH + step:
        up = -up
        x = knots[-1][0] + step * rng.uniform(0.75, 1.3)
        knots.append((x, y + up * swing * rng.uniform(0.55, 1)))

    def height(x: float) -> float:
        for (x0, y0), (x1, y1) in pairwise(knots):
            if x <= x1:
                t = min(1, max(0, (x - x0) / (x1 - x0)))
                return y0 + (y1 - y0) * t * t * (3 - 2 * t)
        return knots[-1][1]

    return height


def profile(*points: Point) -> Ridge:
    """The skyline that runs smoothly through `points`, given from left to right."""
    path = curve(*points)

    def height(x: float) -> float:
        for (x0, y0), (x1, y1) in pairwise(path):
            if x0 <= x <= x1 and x1 > x0:
                return y0 + (y1 - y0) * (x - x0) / (x1 - x0)
        return HEIGHT

    return height
