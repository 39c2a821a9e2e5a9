"""What the demo covers share: skies, hills, windows, tables and small things to stand about."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from articles.demo.canvas import (
    FLOOR,
    HEIGHT,
    JADE,
    SAGE,
    WIDTH,
    Canvas,
    Point,
    Ridge,
    Theme,
    arc,
    curve,
    leaf,
    mix,
    ridge,
)


@dataclass(frozen=True, slots=True)
class Frame:
    """The part of the sheet in which a landscape shows: between two skylines."""

    left: float
    right: float
    top: Ridge
    bottom: Ridge


SHEET: Final = Frame(0, WIDTH, lambda _: 0, lambda _: HEIGHT)


def pane(left: float, top: float, right: float, bottom: float) -> Frame:
    """A rectangular frame."""
    return Frame(left, right, lambda _: top, lambda _: bottom)


def moon_gate(x: float, y: float, radius: float) -> Frame:
    """A round frame, as in the wall of a garden."""

    def half(at: float) -> float:
        return math.sqrt(max(0, radius * radius - (at - x) ** 2))

    return Frame(x - radius, x + radius, lambda at: y - half(at), lambda at: y + half(at))


def land(c: Canvas, top: Ridge, fill: str, frame: Frame = SHEET, alpha: float = 1) -> None:
    """Fill everything in the frame below the skyline `top`."""
    count = 160
    xs = [frame.left + (frame.right - frame.left) * i / count for i in range(count + 1)]
    upper = [(x, min(max(top(x), frame.top(x)), frame.bottom(x))) for x in xs]
    c.poly([*upper, *((x, frame.bottom(x)) for x in reversed(xs))], fill, alpha)


def hills(
    c: Canvas, rng: Random, colours: Sequence[str], horizon: float, frame: Frame = SHEET
) -> list[Ridge]:
    """Roll one range of hills per colour towards the viewer; returns their skylines."""
    skylines = []
    for row, colour in enumerate(colours):
        skyline = ridge(rng, horizon + row * 62, 46 - row * 5, 230 + row * 25)
        land(c, skyline, colour, frame)
        skylines.append(skyline)
    return skylines


def view(
    c: Canvas, t: Theme, rng: Random, frame: Frame, horizon: float, depth: float = 0.7
) -> None:
    """A small landscape in a frame; the less `depth`, the paler, so that it stays behind."""
    land(c, lambda _: 0, t.air, frame)
    middle, reach = (frame.left + frame.right) / 2, (frame.right - frame.left) / 2
    clear = horizon - frame.top(middle)
    radius = min(48, reach * 0.28, clear * 0.28)
    # Away from the middle of the sheet, where the main object would hide it.
    x = middle + math.copysign(reach, middle - WIDTH / 2) * rng.uniform(0.48, 0.6)
    c.disc(x, horizon - clear * 0.55, radius, t.glow)
    hills(c, rng, [mix(t.air, colour, depth) for colour in t.hills[:3]], horizon, frame)


def backdrop(c: Canvas, t: Theme, rng: Random) -> None:
    """What is behind a table: the open country, a moon gate or a broad window."""
    kind = c.variant % 3
    trim = mix(t.second, t.sky, 0.55) if t.dark else mix(t.edge, t.sky, 0.35)
    if kind == 0:
        c.disc(rng.choice((250, 330, 900)), rng.uniform(170, 230), 110, t.glow)
        clouds(c, rng, mix(t.sky, t.light, 0.15 if t.dark else 0.75))
        hills(c, rng, [mix(t.sky, colour, 0.5) for colour in t.hills[:3]], 370)
    elif kind == 1:
        x = 600 + rng.choice((-1, 1)) * rng.uniform(110, 220)
        c.disc(x, 330, 292, trim)
        c.disc(x, 330, 278, mix(t.air, t.light, 0.1 if t.dark else 0.5))
        view(c, t, rng, moon_gate(x, 330, 268), 322, 0.62)
    else:
        x = rng.uniform(130, 310)
        c.rect(x - 16, 84, x + 776, 540, fill=trim)
        view(c, t, rng, pane(x, 100, x + 760, 540), 322, 0.62)
        for post in (x + 190, x + 380, x + 570):
            c.rect(post - 5, 100, post + 5, 540, fill=trim)
        c.rect(x, 196, x + 760, 206, fill=trim)


def table(c: Canvas, t: Theme) -> None:
    """A table seen a little from above, with a runner or with drawers in its front."""
    front = mix(t.edge, t.ink, 0.18)
    c.rect(0, 536, WIDTH, HEIGHT, fill=t.table)
    c.rect(0, 536, WIDTH, 544, fill=mix(t.table, t.light, 0.28))
    c.rect(0, 694, WIDTH, HEIGHT, fill=t.edge)
    c.rect(0, 694, WIDTH, 706, fill=mix(t.edge, t.table, 0.45))
    if c.variant % 2:
        cloth = mix(t.second, t.sky, 0.35)
        c.poly([(300, 544), (900, 544), (960, 694), (240, 694)], cloth)
        c.poly([(322, 544), (340, 544), (290, 694), (268, 694)], t.light, 0.5)
        c.poly([(878, 544), (860, 544), (910, 694), (932, 694)], t.light, 0.5)
        c.rect(240, 694, 960, HEIGHT, fill=mix(cloth, t.ink, 0.2))
    else:
        for x in (90, 450, 810):
            c.rect(x, 728, x + 300, HEIGHT, fill=front)
            c.rect(x + 120, 752, x + 180, 762, fill=mix(t.table, t.light, 0.3), radius=5)


def still_life(c: Canvas, t: Theme, rng: Random) -> None:
    """The stage of most indoor pictures."""
    backdrop(c, t, rng)
    table(c, t)


def shadow(c: Canvas, t: Theme, x: float, across: float, y: float = FLOOR) -> None:
    """The flat shadow that keeps a thing from floating above the table."""
    c.oval(x, y, across, 10, t.ink, 0.25)


def clouds(c: Canvas, rng: Random, fill: str, count: int = 3) -> None:
    """Long flat clouds, each of two rounded bars."""
    for number in range(count):
        x, y = rng.uniform(60, 1000), 150 + number * 52 + rng.uniform(-14, 14)
        wide = rng.uniform(120, 220)
        c.rect(x, y, x + wide, y + 16, fill=fill, radius=8)
        c.rect(x + wide * 0.3, y - 16, x + wide * 0.8, y + 4, fill=fill, radius=8)


def birds(c: Canvas, x: float, y: float, fill: str) -> None:
    """Three birds in flight, far away."""
    for dx, dy, size in ((0, 0, 15), (48, -22, 12), (76, 10, 10)):
        left, right = (x + dx - size, y + dy - size * 0.6), (x + dx + size, y + dy - size * 0.6)
        c.line(curve(left, (x + dx - size * 0.4, y + dy - size * 0.5), (x + dx, y + dy)), 4, fill)
        c.line(curve((x + dx, y + dy), (x + dx + size * 0.4, y + dy - size * 0.5), right), 4, fill)


def tree(c: Canvas, x: float, y: float, size: float, crown: str, trunk: str) -> None:
    """A round-crowned tree whose foot is at (x, y)."""
    c.line([(x, y), (x, y - size * 0.7)], size * 0.07, trunk)
    c.poly(
        curve(
            (x, y - size),
            (x + size * 0.27, y - size * 0.62),
            (x + size * 0.2, y - size * 0.3),
            (x, y - size * 0.24),
            (x - size * 0.2, y - size * 0.3),
            (x - size * 0.27, y - size * 0.62),
            closed=True,
        ),
        crown,
    )
    c.line([(x, y - size * 0.3), (x, y - size * 0.6)], size * 0.035, trunk)
    c.line([(x, y - size * 0.4), (x + size * 0.1, y - size * 0.52)], size * 0.03, trunk)


def steam(c: Canvas, xs: Sequence[float], low: float, high: float, fill: str) -> None:
    """Wavering lines of steam that rise from `low` to `high`."""
    rise = (high - low) / 4
    for x in xs:
        knots = [(x + (0, -13, 11, -9, 5)[i], low + rise * i) for i in range(5)]
        c.line(curve(*knots), 12, fill)


def books(
    c: Canvas, rng: Random, left: float, colours: Sequence[str], light: str, wide: float = 190
) -> float:
    """A pile of lying books; returns the height of its top."""
    y = float(FLOOR)
    for colour in colours:
        thick, shift = rng.choice((24, 30, 34)), rng.uniform(-12, 12)
        c.rect(left + shift, y - thick, left + wide + shift, y, fill=colour, radius=4)
        c.rect(left + shift + 8, y - thick + 6, left + wide + shift, y - 6, fill=light)
        c.rect(left + shift, y - thick, left + shift + 26, y, fill=colour, radius=4)
        y -= thick
    return y


def sprig(c: Canvas, path: Sequence[Point], stem: str, green: str, size: float = 44) -> None:
    """A twig along `path` with leaves on both sides."""
    line = curve(*path)
    for number, (x, y) in enumerate(line[8::7]):
        side = 1 if number % 2 else -1
        c.poly(leaf(x, y, size, size * 0.2, side * 58), green)
    c.line(line, 5, stem)


def vase(c: Canvas, t: Theme, x: float, base: float, fill: str) -> None:
    """A vase with a narrow neck, 92 high."""
    right = curve((x + 18, base - 92), (x + 14, base - 76), (x + 38, base - 44), (x + 24, base))
    left = [(2 * x - a, b) for a, b in reversed(right)]
    c.poly([*right, *left], fill)
    c.rect(x - 22, base - 96, x + 22, base - 88, fill=mix(fill, t.ink, 0.35), radius=4)


def ripples(c: Canvas, rng: Random, top: float, count: int, fill: str) -> None:
    """Level strokes on water, longer and farther apart towards the viewer."""
    for row in range(count):
        y = top + (HEIGHT - top) * ((row + 0.5) / count) ** 1.2
        long = rng.uniform(50, 90) + row * 8
        x = rng.uniform(0, WIDTH - long)
        c.line([(x, y), (x + long, y)], 5, fill)


def cup(c: Canvas, t: Theme, x: float, size: float, fill: str) -> None:
    """A small round cup without a handle."""
    shadow(c, t, x, size * 0.8)
    top, dark = FLOOR - size * 1.15, mix(fill, t.ink, 0.4)
    c.rect(x - size * 0.45, FLOOR - 14, x + size * 0.45, FLOOR, fill=dark)
    c.poly(arc(x, top, size, size * 1.1, 0, 180), fill)
    c.rect(x - size, top - 6, x + size, top + 6, fill=dark, radius=6)


def house(c: Canvas, x: float, y: float, size: float, wall: str, roof: str, lamp: str) -> None:
    """A tiny house with a lit window, for distant slopes."""
    c.rect(x - size * 0.4, y - size * 0.45, x + size * 0.4, y, fill=wall)
    c.poly(
        [
            (x - size * 0.56, y - size * 0.42),
            (x, y - size * 0.85),
            (x + size * 0.56, y - size * 0.42),
        ],
        roof,
    )
    c.rect(x - size * 0.12, y - size * 0.32, x + size * 0.12, y - size * 0.08, fill=lamp)


def watering_can(c: Canvas, t: Theme) -> None:
    """A watering can whose spout points to the middle."""
    shadow(c, t, 318, 84)
    c.ring(258, 500, 52, 14, t.second)
    c.poly([(262, 452), (374, 452), (390, FLOOR), (246, FLOOR)], t.body)
    c.poly([(366, 540), (372, 508), (446, 424), (462, 436)], t.body)
    c.poly([(432, 412), (474, 444), (482, 430), (444, 400)], mix(t.body, t.ink, 0.4))
    c.rect(256, 446, 380, 462, fill=mix(t.body, t.ink, 0.4), radius=4)


def cactus(c: Canvas, t: Theme, x: float) -> None:
    """A little cactus in a white pot."""
    shadow(c, t, x, 56)
    c.rect(x - 28, 404, x + 28, 530, fill=JADE, radius=28)
    for start, end in ((x - 52, x), (x, x + 50)):
        c.line([(start, 462), (end, 480)], 20, JADE)
    c.line([(x - 52, 462), (x - 52, 436)], 20, JADE)
    c.line([(x + 50, 480), (x + 50, 440)], 20, JADE)
    for rib in (-10, 10):
        c.line([(x + rib, 424), (x + rib, 500)], 3, SAGE)
    c.poly([(x - 50, 508), (x + 50, 508), (x + 38, FLOOR), (x - 38, FLOOR)], t.light)
    c.rect(x - 50, 508, x + 50, 522, fill=mix(t.light, t.ink, 0.18))


def teapot(c: Canvas, t: Theme) -> None:
    """A teapot of reddish clay."""
    shadow(c, t, 330, 110)
    c.ring(220, 470, 58, 18, t.accent)
    c.poly(curve((420, 500), (468, 470), (480, 400), (506, 404), (500, 480), (430, 548)), t.accent)
    c.oval(330, 482, 126, 90, t.accent)
    c.rect(270, 552, 390, FLOOR, fill=mix(t.accent, t.ink, 0.3), radius=4)
    c.oval(330, 400, 70, 14, mix(t.accent, t.ink, 0.3))
    c.disc(330, 378, 16, mix(t.accent, t.ink, 0.3))


def open_book(c: Canvas, t: Theme, x: float) -> None:
    """A book that lies open, seen from its lower edge."""
    cover = [(x - 206, 566), (x - 190, 500), (x + 190, 500), (x + 206, 566), (x, 584)]
    c.poly(cover, t.accent)
    for side in (-1, 1):
        top = curve((x, 500), (x + side * 60, 482), (x + side * 120, 482), (x + side * 178, 492))
        low = curve((x + side * 192, 558), (x + side * 130, 546), (x + side * 64, 550), (x, 574))
        c.poly([*top, *low], t.light if side < 0 else mix(t.light, t.ink, 0.12))
        for row in range(4):
            y = 500 + row * 13
            c.line(
                [(x + side * 34, y + 2), (x + side * (150 + row * 4), y + 2)],
                4,
                mix(t.light, t.ink, 0.5),
            )
