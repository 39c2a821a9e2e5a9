"""The landscapes among the demo covers."""

from __future__ import annotations

import math
from random import Random

from articles.demo.canvas import (
    HEIGHT,
    JADE,
    PINE,
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
    profile,
    ridge,
)
from articles.demo.scenery import (
    birds,
    clouds,
    hills,
    house,
    land,
    pane,
    ripples,
    tree,
    vase,
    view,
)


def signal(c: Canvas, t: Theme, rng: Random) -> None:
    """A red source on a hill; its signal spreads in rings over the country."""
    x = rng.uniform(420, 780)
    skyline = ridge(rng, 500, 44)
    y = skyline(x) - 46
    tone = mix(t.hills[1], t.sky, 0.1)
    for radius, alpha in ((500, 0.12), (398, 0.15), (298, 0.2), (200, 0.28), (112, 0.42)):
        c.disc(x, y, radius, tone, alpha)
    c.disc(x, y, 40, t.accent)
    land(c, skyline, t.hills[1])
    for number, colour in enumerate((t.hills[2], t.hills[3], mix(t.hills[3], t.ink, 0.7))):
        near = ridge(rng, 570 + number * 70, 40, 280)
        if number < 2:
            for at in (rng.uniform(150, 400), rng.uniform(760, 1050)):
                house(c, at, near(at) + 10, 54 + number * 10, t.light, t.ink, t.glow)
        land(c, near, colour)


def rain(c: Canvas, t: Theme, rng: Random) -> None:
    """A house with lit windows in slanting rain."""
    hills(c, rng, [mix(t.sky, colour, 0.4) for colour in t.hills[:3]], 400)
    ground, wall, roof = t.second, t.body, t.ink
    for number in range(40):
        # One stroke per cell of a grid, so that the rain neither clots nor leaves holes.
        x = number % 8 * 158 + rng.uniform(20, 130)
        y, long = number // 8 * 118 - 40 + rng.uniform(0, 70), rng.uniform(64, 100)
        c.line([(x, y), (x - long * 0.36, y + long)], 6, mix(t.sky, t.light, 0.85))
    for x, size in ((250, 250), (330, 190), (930, 270)):
        tree(c, x, 590, size, mix(ground, t.ink, 0.3), t.ink)
    land(c, ridge(rng, 574, 10, 300), ground)
    c.rect(700, 262, 744, 380, fill=mix(wall, t.ink, 0.5))
    c.poly([(410, 590), (410, 400), (600, 262), (790, 400), (790, 590)], wall)
    c.poly([(362, 410), (600, 228), (838, 410), (816, 440), (600, 276), (384, 440)], roof)
    for x in (450, 660):
        c.rect(x, 424, x + 90, 514, fill=t.glow)
        c.rect(x + 42, 424, x + 48, 514, fill=wall)
        c.rect(x, 466, x + 90, 472, fill=wall)
    c.rect(562, 450, 638, 590, fill=t.accent)
    c.disc(624, 524, 5, t.glow)
    c.disc(600, 358, 24, t.glow)
    c.poly([(562, 590), (638, 590), (760, 800), (480, 800)], mix(ground, t.light, 0.45))
    for x, y, across in ((300, 690, 90), (930, 660, 110), (860, 740, 60)):
        c.oval(x, y, across, 13, mix(ground, t.sky, 0.7))
        c.oval(x, y, across * 0.5, 6, mix(ground, t.sky, 0.95))


def road(c: Canvas, t: Theme, rng: Random) -> None:
    """A road winds through green fields towards the sun; a red car is on its way."""
    sun = rng.uniform(480, 720)
    c.disc(sun, 330, 104, t.glow)
    clouds(c, rng, mix(t.sky, t.light, 0.7))
    hills(c, rng, [mix(t.sky, colour, 0.62) for colour in t.hills[:2]], 372)
    greens = ("#7fb9a0", SAGE, "#3f927c", JADE, "#1d6a5b")
    for row, colour in enumerate(greens):
        land(c, ridge(rng, 450 + row * row * 18 + row * 12, 10 + row * 6, 320), colour)
    bend = rng.uniform(150, 190)

    def middle(depth: float) -> float:
        return 600 + bend * math.sin(depth * 5.2) * (0.25 + depth * 0.9)

    def lane(offset: float, start: float = 0, end: float = 1) -> list[Point]:
        depths = [start + (end - start) * i / 60 for i in range(61)]
        return [(middle(d) + offset * (5 + 190 * d**1.5), 440 + 370 * d**1.25) for d in depths]

    c.poly([*lane(-1.12), *reversed(lane(1.12))], mix(t.light, JADE, 0.25))
    c.poly([*lane(-1), *reversed(lane(1))], "#4a5a60")
    for number in range(14):
        start = (number / 14) ** 1.1
        end = start + 0.035
        c.poly([*lane(-0.04, start, end), *reversed(lane(0.04, start, end))], t.light)
    for depth, side in ((0.08, -5), (0.12, 5), (0.2, -3.4), (0.3, 3.2), (0.5, -2.6)):
        x, y = lane(side, depth, depth)[0]
        tree(c, x, y, 46 + 300 * depth, PINE, t.ink)
    x, y = lane(0.5, 0.34, 0.34)[0]
    _car(c, t, x, y, 0.9)


def _car(c: Canvas, t: Theme, x: float, y: float, k: float) -> None:
    """A small car from behind, standing on (x, y)."""
    for side in (-1, 1):
        c.rect(x + side * 30 * k - 10 * k, y - 20 * k, x + side * 30 * k + 10 * k, y, fill=t.ink)
    c.rect(x - 46 * k, y - 52 * k, x + 46 * k, y - 10 * k, fill=t.accent, radius=12 * k)
    roof = [(x - 38 * k, y - 48 * k), (x - 28 * k, y - 84 * k), (x + 28 * k, y - 84 * k)]
    c.poly([*roof, (x + 38 * k, y - 48 * k)], t.accent)
    rear = [(x - 29 * k, y - 52 * k), (x - 22 * k, y - 76 * k), (x + 22 * k, y - 76 * k)]
    c.poly([*rear, (x + 29 * k, y - 52 * k)], t.air)
    for side in (-1, 1):
        c.disc(x + side * 35 * k, y - 36 * k, 6 * k, t.glow)
    c.rect(x - 14 * k, y - 34 * k, x + 14 * k, y - 24 * k, fill=t.light)


def bridge(c: Canvas, t: Theme, rng: Random) -> None:
    """A stone arch bridge over still water; someone crosses it with a red umbrella."""
    c.disc(rng.uniform(300, 420), 190, 90, t.glow)
    hills(c, rng, [mix(t.sky, colour, 0.75) for colour in t.hills[:3]], 360)
    water, stone = t.water, mix(t.light, t.sky, 0.25)
    c.rect(0, 520, WIDTH, HEIGHT, fill=water)
    for rise, alpha in ((-0.75, 0.35), (1, 1.0)):
        c.poly(_arch_bridge(rise), stone, alpha)
    deck = [(x, _deck(x)) for x in range(170, 1031, 10)]
    dark = mix(stone, t.ink, 0.45)
    c.line(deck, 12, dark)
    c.line([(x, y - 40) for x, y in deck[4:-4]], 8, dark)
    for x, y in deck[4:-3:6]:
        c.line([(x, y), (x, y - 46)], 8, dark)
    c.line(arc(600, 520, 140, 140, 180, 360), 8, mix(stone, t.ink, 0.25))
    _walker(c, t, 560, _deck(560) - 4)
    for side in (-1, 1):
        c.poly(arc(600 + side * 570, 526, 240, 40, 180, 360), t.hills[2])
    ripples(c, rng, 560, 9, mix(water, t.light, 0.35))
    for x, y, across in ((190, 690, 74), (320, 740, 96), (90, 752, 84), (250, 636, 46)):
        c.poly([(x, y), *arc(x, y, across, across * 0.26, 12, 338)], JADE)
    _willow(c, rng)


def _deck(x: float) -> float:
    """The height of the way over the bridge."""
    return 520 - 176 * math.pow(math.cos(math.pi * (x - 600) / 900), 1.6)


def _arch_bridge(rise: float) -> list[Point]:
    """The side of the bridge, or with a negative `rise` its reflection."""
    top = [(float(x), _deck(x)) for x in range(170, 1031, 10)]
    under = arc(600, 520, 140, 140, 360, 180)
    return [(x, 520 + (y - 520) * rise) for x, y in [*top, (1030, 520), *under, (170, 520)]]


def _walker(c: Canvas, t: Theme, x: float, y: float) -> None:
    """Somebody in a long coat under an umbrella."""
    c.poly([(x - 14, y), (x + 16, y), (x + 8, y - 58), (x - 8, y - 58)], t.ink)
    c.disc(x, y - 66, 11, t.ink)
    c.line([(x + 8, y - 40), (x + 12, y - 100)], 4, t.ink)
    c.poly(arc(x + 10, y - 78, 58, 42, 180, 360), t.accent)


def _willow(c: Canvas, rng: Random) -> None:
    """Branches that hang into the picture from above."""
    for number in range(9):
        x, long = 850 + number * 44 + rng.uniform(-12, 12), rng.uniform(120, 330)
        line = curve((x, -20), (x - 18, long * 0.4), (x - 10, long * 0.75), (x - 26, long))
        for at, (px, py) in enumerate(line[4::3]):
            c.poly(leaf(px, py, 34, 6, 152 if at % 2 else 208), JADE if number % 2 else SAGE)
        c.line(line, 3, PINE)


def mountain(c: Canvas, t: Theme, rng: Random) -> None:
    """Blue and green peaks above the mist, as on an old scroll."""
    sun = rng.choice((260, 930))
    c.disc(sun, 210, 74, t.accent)
    birds(c, 1130 - sun, 200, t.ink)
    for x in (120, 420, 760, 1080):
        at = x + rng.uniform(-40, 40)
        far = _peak(rng, at, 620, 460, rng.uniform(270, 330))
        land(c, far, mix(t.sky, t.hills[1], 0.4), pane(at - 230, 0, at + 230, 620))
    c.rect(0, 606, WIDTH, HEIGHT, fill=mix(t.sky, t.light, 0.5))
    _mist(c, t, rng, 520)
    for x, wide, high in ((250, 440, 250), (930, 470, 270), (590, 540, 370)):
        _painted(c, t, rng, x + rng.uniform(-40, 40), wide, high)
    _mist(c, t, rng, 606)
    near = ridge(rng, 660, 30, 300)
    land(c, near, JADE)
    for x in (150, 200, 880, 940, 1010):
        tree(c, x, near(x) + 8, rng.uniform(80, 120), PINE, t.ink)
    land(c, ridge(rng, 730, 26, 300), t.hills[3])


def _peak(rng: Random, x: float, base: float, wide: float, high: float) -> Ridge:
    """The outline of one steep mountain."""
    across = (-0.5, -0.36, -0.24, -0.13, -0.03, 0.06, 0.15, 0.27, 0.38, 0.5)
    up = (0, 0.26, 0.44, 0.8, 1, 0.95, 0.66, 0.46, 0.22, 0)
    shaken = [x + wide * (share + rng.uniform(-0.02, 0.02)) for share in across]
    return profile(*((a, base - high * b) for a, b in zip(shaken, up, strict=True)))


def _painted(c: Canvas, t: Theme, rng: Random, x: float, wide: float, high: float) -> None:
    """A mountain with an azurite summit, malachite slopes and an ochre foot."""
    base = 610.0
    outline = _peak(rng, x, base, wide, high)
    frame = pane(x - wide * 0.55, 0, x + wide * 0.55, base)
    land(c, outline, "#1f5580", frame)
    bands = ((0.62, JADE), (0.34, SAGE), (0.14, "#c9a878"))
    for share, colour in bands:
        wave = ridge(rng, base - high * share, high * 0.06, wide * 0.16)
        land(c, _lower(outline, wave), colour, frame)
    spine = curve(
        (x, outline(x)), (x + 12, base - high * 0.7), (x - 14, base - high * 0.4), (x + 20, base)
    )
    right = [(at, min(base, outline(at))) for at in range(int(x + wide * 0.5), int(x), -6)]
    c.poly([*spine, *right], t.ink, 0.16)


def _lower(first: Ridge, second: Ridge) -> Ridge:
    """The skyline of what lies below both skylines."""
    return lambda x: max(first(x), second(x))


def _mist(c: Canvas, t: Theme, rng: Random, y: float) -> None:
    """A bank of mist: long bars that overlap, one per stretch of the width."""
    for number in range(5):
        x, wide = number * 250 - 120 + rng.uniform(-60, 60), rng.uniform(260, 400)
        top = y + (-20, 4, -14, 10, -6)[number]
        c.rect(x, top, x + wide, top + 24, fill=mix(t.sky, t.light, 0.5), radius=12)


def boat(c: Canvas, t: Theme, rng: Random) -> None:
    """A junk with a red sail on calm water before far hills."""
    sun = rng.choice((250, 940))
    c.disc(sun, 220, 92, t.glow)
    hills(c, rng, [mix(t.sky, colour, 0.7) for colour in t.hills[:3]], 386)
    c.rect(0, 512, WIDTH, HEIGHT, fill=t.water)
    for row in range(7):
        across = 92 - row * 11
        c.rect(sun - across, 528 + row * 22, sun + across, 536 + row * 22, fill=t.glow, radius=4)
    ripples(c, rng, 530, 12, mix(t.water, t.light, 0.35))
    birds(c, 1140 - sun, 210, t.ink)
    c.poly([(430, 566), (800, 560), (730, 640), (480, 640)], t.ink, 0.22)
    _junk(c, t)
    for x in (60, 96, 128, 160, 1090, 1126):
        tip = rng.uniform(560, 640)
        c.line(curve((x, 810), (x + 4, 720), (x + 18, tip)), 7, PINE)
        c.poly(leaf(x + 2, 770, 150, 9, 24), JADE)
        c.oval(x + 19, tip, 9, 30, t.edge)


def _junk(c: Canvas, t: Theme) -> None:
    """Hull, masts and two battened sails."""
    c.line([(620, 228), (620, 520)], 9, t.ink)
    c.line([(474, 306), (484, 520)], 7, t.ink)
    for luff, leech, colour in (
        ([(606, 244), (590, 488)], [(690, 256), (754, 330), (776, 410), (762, 486)], t.accent),
        (
            [(464, 318), (456, 482)],
            [(520, 334), (552, 390), (560, 440), (550, 480)],
            mix(t.accent, t.glow, 0.3),
        ),
    ):
        edge = curve(*leech)
        c.poly([luff[0], *edge, luff[1]], colour)
        for share in (0.25, 0.5, 0.75):
            (x0, y0), (x1, y1) = luff
            start = (x0 + (x1 - x0) * share, y0 + (y1 - y0) * share)
            c.line([start, edge[round(share * (len(edge) - 1))]], 5, mix(colour, t.ink, 0.35))
    rail = curve((360, 480), (420, 504), (600, 516), (770, 506), (852, 466))
    c.poly([*rail, (826, 530), *arc(610, 520, 200, 52, 10, 170), (398, 530)], t.edge)
    c.line(rail, 11, t.ink)


def window(c: Canvas, t: Theme, rng: Random) -> None:
    """A cat on the sill of a window that looks out on hills."""
    panel = mix(t.sky, t.table, 0.45)
    c.rect(0, 610, WIDTH, HEIGHT, fill=panel)
    for x in range(40, WIDTH, 230):
        c.rect(x, 660, x + 200, 780, fill=mix(panel, t.ink, 0.07))
    c.rect(170, 120, 1030, 580, fill=t.light)
    view(c, t, rng, pane(192, 142, 1008, 560), 370, 1)
    for x in (456, 732):
        c.rect(x, 142, x + 12, 560, fill=t.light)
    c.rect(192, 236, 1008, 246, fill=t.light)
    c.rect(110, 560, 1090, 588, fill=mix(t.light, t.table, 0.5))
    c.rect(110, 588, 1090, 610, fill=mix(t.light, t.edge, 0.6))
    _cat(c, t, 500)
    for side in (-1, 1):
        _curtain(c, t, side)
    c.rect(70, 88, 1130, 102, fill=t.edge, radius=7)
    twig = curve((756, 470), (764, 410), (800, 350), (880, 300))
    c.line(twig, 6, t.ink)
    c.line(curve((766, 408), (740, 360), (748, 316)), 5, t.ink)
    for x, y, size in (
        (880, 300, 13),
        (842, 322, 15),
        (806, 344, 12),
        (748, 314, 14),
        (746, 362, 11),
    ):
        c.disc(x, y, size, t.accent)
        c.disc(x, y, size * 0.3, t.glow)
    vase(c, t, 756, 560, t.light)
    c.rect(722, 510, 790, 522, fill=t.body)


def _curtain(c: Canvas, t: Theme, side: int) -> None:
    """One curtain, gathered half way down; `side` is -1 for the left one."""
    rim, tie = 600 + side * 500, 600 + side * 424
    inner = curve((600 + side * 300, 98), (600 + side * 330, 260), (tie - side * 16, 430))
    skirt = curve((tie - side * 16, 430), (tie - side * 34, 560), (tie - side * 40, 690))
    c.poly([(rim, 98), *inner, *skirt, (rim, 690)], t.second)
    for share in (0.3, 0.6):
        top, low = rim + (600 + side * 300 - rim) * share, rim + (tie - rim) * share
        c.line(
            curve((top, 104), (top, 260), (low, 430), (low - side * 10, 686)),
            5,
            mix(t.second, t.ink, 0.3),
        )
    c.rect(min(rim, tie) - 18, 420, max(rim, tie) + 18, 444, fill=t.accent, radius=10)


def _cat(c: Canvas, t: Theme, x: float) -> None:
    """A sitting cat from behind; its tail hangs over the sill."""
    fur = t.ink
    back = curve((x - 30, 420), (x - 50, 476), (x - 62, 530), (x - 50, 562))
    c.poly([*back, *[(2 * x - a, b) for a, b in reversed(back)]], fur)
    c.oval(x, 404, 46, 39, fur)
    for side in (-1, 1):
        c.poly([(x + side * 44, 400), (x + side * 40, 340), (x + side * 6, 370)], fur)
    c.line(
        curve((x + 30, 552), (x + 76, 568), (x + 80, 620), (x + 58, 660), (x + 84, 690)), 17, fur
    )
