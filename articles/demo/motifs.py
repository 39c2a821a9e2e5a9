"""The still lifes among the demo covers: things on a table, on a shelf or on the floor."""

from __future__ import annotations

from random import Random

from articles.demo.canvas import (
    DAY,
    FLOOR,
    GOLD,
    HEIGHT,
    JADE,
    PINE,
    SAGE,
    WIDTH,
    Canvas,
    Point,
    Theme,
    arc,
    box,
    curve,
    leaf,
    mix,
    turn,
)
from articles.demo.scenery import (
    books,
    cactus,
    cup,
    hills,
    open_book,
    pane,
    shadow,
    sprig,
    steam,
    still_life,
    teapot,
    vase,
    view,
    watering_can,
)


def plant(c: Canvas, t: Theme, rng: Random) -> None:
    """A broad-leaved pot plant between a watering can and a cactus."""
    still_life(c, t, rng)
    shadow(c, t, 600, 120)
    fan = (
        (78, 210, PINE, PINE),
        (56, 222, SAGE, JADE),
        (34, 206, JADE, SAGE),
        (14, 196, SAGE, JADE),
    )
    for lean, length, *tones in fan:
        for side, tone in zip((-1, 1), tones, strict=True):
            c.poly(leaf(600, 430, length, 30, side * lean), tone)
            rib = turn([(600, 430), (600, 430 - length * 0.86)], 600, 430, side * lean)
            c.line(rib, 3, mix(tone, t.light, 0.35))
    c.poly([(512, 440), (688, 440), (660, FLOOR), (540, FLOOR)], t.accent)
    c.poly([(640, 440), (688, 440), (660, FLOOR), (622, FLOOR)], mix(t.accent, t.ink, 0.25))
    c.rect(496, 414, 704, 452, fill=mix(t.accent, t.ink, 0.35), radius=4)
    watering_can(c, t)
    cactus(c, t, 862)


def disk(c: Canvas, t: Theme, rng: Random) -> None:
    """A storage box with its drives, a portable disk on a cable and two discs."""
    still_life(c, t, rng)
    for x, radius, colour in ((850, 130, t.second), (960, 92, t.accent)):
        _disc(c, t, x, radius, colour, rng.uniform(20, 70))
    shadow(c, t, 570, 180)
    c.rect(410, 252, 730, FLOOR - 10, fill=t.body, radius=16)
    c.rect(430, 272, 710, 500, fill=mix(t.body, t.ink, 0.5), radius=6)
    for bay in range(4):
        x = 440 + bay * 67
        c.rect(x, 282, x + 59, 490, fill=mix(t.body, t.light, 0.16), radius=4)
        c.rect(x + 12, 300, x + 47, 312, fill=mix(t.body, t.ink, 0.5), radius=6)
        for slot in range(350, 470, 18):
            c.rect(x + 12, slot, x + 47, slot + 6, fill=mix(t.body, t.ink, 0.4), radius=3)
        c.disc(x + 29, 330, 5, t.glow)
    c.disc(690, 532, 10, t.accent)
    for light in range(4):
        c.disc(450 + light * 30, 532, 7, "#8fd0b8")
    c.rect(440, FLOOR - 10, 490, FLOOR, fill=t.ink)
    c.rect(650, FLOOR - 10, 700, FLOOR, fill=t.ink)
    shadow(c, t, 240, 90)
    c.line(curve((300, 552), (350, 540), (366, 566), (410, 540)), 7, t.ink)
    c.rect(160, 532, 310, FLOOR, fill=t.accent, radius=10)
    c.rect(176, 548, 230, 556, fill=t.light, radius=4)


def _disc(c: Canvas, t: Theme, x: float, radius: float, colour: str, start: float) -> None:
    """An optical disc that stands on the table and catches the light at `start` degrees."""
    y = FLOOR - radius
    shadow(c, t, x, radius * 0.5)
    c.disc(x, y, radius, colour)
    c.ring(x, y, radius * 0.94, 3, mix(colour, t.light, 0.3))
    for half in (0, 180):
        wedge = arc(x, y, radius, radius, start + half, start + half + 26)
        c.poly([(x, y), *wedge], t.light, 0.25)
    c.disc(x, y, radius * 0.3, t.light)
    c.disc(x, y, radius * 0.14, mix(colour, t.ink, 0.4))


def parcels(c: Canvas, t: Theme, rng: Random) -> None:
    """Parcels piled up beside a red hand truck."""
    still_life(c, t, rng)
    wood = ["#c08a4a", "#9a6428", GOLD, "#b37a3c"]
    rng.shuffle(wood)
    shadow(c, t, 590, 320)
    c.line(curve((846, 236), (878, 244), (884, 280)), 14, t.accent)
    c.line([(884, 280), (884, 560)], 14, t.accent)
    c.line([(884, 566), (760, 566)], 12, t.accent)
    piles = (
        (300, 398, 530, FLOOR, wood[0]),
        (530, 330, 720, FLOOR, wood[1]),
        (730, 420, 872, 560, t.second),
        (352, 276, 500, 398, t.body),
        (556, 236, 690, 330, wood[2]),
        (750, 330, 856, 420, wood[3]),
    )
    for number, (x0, y0, x1, y1, colour) in enumerate(piles):
        middle, tape = (x0 + x1) / 2, mix(colour, t.light, 0.5)
        c.rect(x0, y0, x1, y1, fill=colour)
        c.rect(x1 - 16, y0, x1, y1, fill=mix(colour, t.ink, 0.2))
        c.rect(middle - 14, y0, middle + 14, y1, fill=tape)
        if number in (0, 1, 2):
            c.rect(x0 + 16, y1 - 62, x0 + 66, y1 - 20, fill=t.light)
            for line in (50, 40, 30):
                c.rect(x0 + 24, y1 - line, x0 + 56, y1 - line + 4, fill=t.ink)
    c.disc(884, 550, 24, t.ink)
    c.disc(884, 550, 9, t.light)


def desk(c: Canvas, t: Theme, rng: Random) -> None:
    """A laptop under a hanging lamp, late at night."""
    still_life(c, t, rng)
    c.line([(600, 0), (600, 172)], 7, t.ink)
    c.poly([(560, 236), (640, 236), (980, 640), (220, 640)], t.glow, 0.2)
    c.poly(arc(600, 240, 96, 84, 180, 360), t.accent)
    c.oval(600, 240, 96, 9, t.glow)
    shadow(c, t, 600, 290)
    c.rect(396, 316, 804, 556, fill=t.ink, radius=12)
    view(c, DAY[0], rng, pane(412, 332, 788, 540), 440, 1)
    c.poly([(340, 552), (860, 552), (846, 574), (354, 574)], mix(t.ink, t.light, 0.2))
    c.rect(550, 552, 650, 560, fill=t.ink)
    books(c, rng, 150, (t.body, t.accent, t.second), t.light, 160)
    shadow(c, t, 944, 46)
    c.ring(984, 530, 28, 9, t.light)
    c.rect(900, 488, 984, FLOOR, fill=t.light, radius=8)
    c.rect(900, 488, 984, 506, fill=mix(t.light, t.second, 0.6), radius=6)
    steam(c, (930, 956), 470, 380, mix(t.sky, t.light, 0.4))


def bowl(c: Canvas, t: Theme, rng: Random) -> None:
    """A bowl of hot noodles with an egg, and what goes with it."""
    still_life(c, t, rng)
    steam(c, (520, 600, 680), 318, 150, t.light)
    shadow(c, t, 600, 150)
    for shift in (0, 26):
        c.line([(640, 400), (868 + shift, 236 + shift * 0.7)], 12, mix(t.edge, t.ink, 0.2))
    c.poly(arc(600, 398, 196, 62, 180, 360), "#f3dfa6")
    for x in range(430, 780, 56):
        c.line(curve((x, 398), (x + 24, 356), (x + 60, 398)), 6, "#dcb868")
    c.poly(leaf(500, 400, 84, 26, -30), JADE)
    c.poly(leaf(486, 402, 70, 22, -62), SAGE)
    c.oval(590, 366, 54, 38, t.light)
    c.oval(596, 366, 26, 24, "#e39a3c")
    c.poly(arc(600, 392, 226, 178, 0, 180), t.body)
    dark = mix(t.body, t.ink, 0.55)
    c.poly([(374, 392), (826, 392), (821, 430), (379, 430)], dark)
    for x in range(404, 800, 56):
        c.ring(x, 454, 15, 5, mix(t.body, t.light, 0.45))
    c.poly([(520, 552), (680, 552), (694, 574), (506, 574)], dark)
    for x, size, colour in ((946, 56, t.accent), (240, 62, t.second)):
        cup(c, t, x, size, colour)


def coins(c: Canvas, t: Theme, rng: Random) -> None:
    """Piles of coins that grow, with an old square-holed coin before them."""
    still_life(c, t, rng)
    gold = GOLD
    for number, high in enumerate((2, 4, 7, 10)):
        x = 440 + number * 154
        shadow(c, t, x, 78)
        for row in range(high):
            y, shift = FLOOR - row * 29, rng.uniform(-7, 7)
            colour = mix(gold, "#8a5a1e", (0.0, 0.2, 0.4)[row % 3])
            c.rect(x - 66 + shift, y - 29, x + 66 + shift, y, fill=colour, radius=10)
            c.rect(x - 48 + shift, y - 21, x + 20 + shift, y - 16, fill=mix(colour, t.light, 0.4))
    for lean, tone in ((-52, JADE), (52, SAGE), (4, PINE)):
        c.poly(leaf(902, FLOOR - 288, 58, 15, lean), tone)
    shadow(c, t, 250, 80)
    c.disc(250, 452, 120, t.accent)
    c.ring(250, 452, 104, 6, mix(t.accent, t.light, 0.5))
    c.rect(208, 410, 292, 494, fill=mix(t.accent, t.light, 0.5))
    c.rect(216, 418, 284, 486, fill=mix(t.sky, t.hills[0], 0.4))


def sheets(c: Canvas, t: Theme, rng: Random) -> None:
    """A writing desk from above: paper, brush, ink stone, tea and a red seal."""
    wood = rng.choice(("#c89a5e", "#b98a52", "#cdb48a"))
    c.rect(0, 0, WIDTH, HEIGHT, fill=wood)
    for y in range(40, HEIGHT, 130):
        c.rect(0, y, WIDTH, y + 4, fill=mix(wood, "#7a4a16", 0.3))
    mat = (t.second, t.body)[c.variant % 2]
    c.rect(150, 110, 1050, 690, fill=mat)
    c.rect(170, 130, 1030, 670, fill=mix(mat, t.light, 0.14))
    tilt = rng.uniform(-9, -5)
    c.poly(turn(box(370, 232, 640, 568), 500, 400, tilt), mix(t.light, t.ink, 0.2))
    c.rect(440, 230, 710, 570, fill=t.light)
    view(c, t, rng, pane(464, 254, 686, 376), 318, 1)
    for number in range(6):
        end = 686 - rng.choice((0, 20, 50))
        c.rect(464, 398 + number * 22, end, 404 + number * 22, fill=t.ink)
    c.rect(464, 536, 560, 544, fill=JADE)
    c.rect(638, 506, 686, 554, fill=t.accent, radius=5)
    for inset, colour in ((7, t.light), (12, t.accent), (18, t.light)):
        c.rect(638 + inset, 506 + inset, 686 - inset, 554 - inset, fill=colour)
    _desk_things(c, t)


def _desk_things(c: Canvas, t: Theme) -> None:
    """Paperweight on one side of the sheet; brush, tea and ink stone on the other."""
    c.rect(226, 244, 272, 556, fill="#7a4a16", radius=6)
    c.rect(240, 264, 258, 536, fill="#b07a34", radius=6)
    tip = [(780, 476), (802, 476), (804, 506), (791, 560), (778, 506)]
    stick, band = box(784, 204, 798, 460), box(780, 452, 802, 478)
    for points, colour in ((stick, GOLD), (band, t.accent), (tip, t.ink)):
        c.poly(turn(points, 791, 400, 10), colour)
    c.disc(914, 296, 66, t.light)
    c.disc(914, 296, 46, mix(t.light, t.ink, 0.16))
    c.disc(914, 296, 38, "#c9803a")
    c.rect(850, 400, 978, 568, fill=t.ink, radius=18)
    c.rect(864, 414, 964, 554, fill=mix(t.ink, t.light, 0.2), radius=12)
    c.oval(914, 454, 36, 26, "#0b1a20")


def lamp(c: Canvas, t: Theme, rng: Random) -> None:
    """A desk lamp that lights an open book."""
    still_life(c, t, rng)
    c.poly([(530, 338), (690, 286), (960, 600), (860, 650), (420, 650), (380, 600)], t.glow, 0.24)
    shadow(c, t, 330, 100)
    c.poly([(242, FLOOR), (418, FLOOR), (396, 546), (264, 546)], t.body)
    steel = mix(t.light, t.sky, 0.25)
    c.line([(330, 546), (266, 392), (450, 262), (560, 262)], 13, steel)
    for x, y in ((266, 392), (450, 262)):
        c.disc(x, y, 18, t.body)
    c.poly(turn([(572, 228), (624, 228), (692, 330), (516, 330)], 600, 280, -18), t.accent)
    c.poly(turn(arc(604, 330, 88, 14), 600, 280, -18), t.glow)
    open_book(c, t, 650)
    books(c, rng, 900, (t.second, t.body, t.accent), t.light, 170)


def phone(c: Canvas, t: Theme, rng: Random) -> None:
    """A telephone with messages on both sides."""
    still_life(c, t, rng)
    shadow(c, t, 600, 130)
    c.rect(508, 228, 692, FLOOR, fill=t.ink, radius=26)
    view(c, DAY[c.variant % 2], rng, pane(520, 256, 680, 546), 380, 1)
    c.rect(572, 239, 628, 246, fill=mix(t.ink, t.light, 0.4), radius=3)
    c.rect(572, 554, 628, 561, fill=mix(t.ink, t.light, 0.4), radius=3)
    _bubble(c, t, (250, 262, 460, 342), t.light, 1)
    _bubble(c, t, (738, 320, 960, 400), t.body, -1)
    c.disc(960, 322, 24, t.accent)
    c.disc(960, 322, 8, t.light)
    sprig(c, [(280, 490), (276, 440), (300, 390)], PINE, JADE, 40)
    shadow(c, t, 280, 44)
    vase(c, t, 280, FLOOR, t.second)


def _bubble(
    c: Canvas, t: Theme, edges: tuple[float, float, float, float], fill: str, side: int
) -> None:
    """A message whose tail points to the `side` (-1 left, 1 right) it came from."""
    left, top, right, bottom = edges
    tail = right if side > 0 else left
    writing = t.ink if fill == t.light else t.light
    c.poly(
        [(tail - side * 56, bottom - 6), (tail + side * 16, bottom + 26), (tail, top + 40)], fill
    )
    c.rect(left, top, right, bottom, fill=fill, radius=24)
    c.rect(left + 30, top + 24, right - 40, top + 34, fill=writing, radius=5)
    c.rect(left + 30, top + 48, right - 90, top + 58, fill=writing, radius=5)


def key(c: Canvas, t: Theme, rng: Random) -> None:
    """A padlock, and the key that leans on it."""
    still_life(c, t, rng)
    steel, dark = mix(t.ink, t.light, 0.3), mix(t.body, t.ink, 0.45)
    shadow(c, t, 690, 170)
    hoop = [*arc(690, 330, 100, 100, 180, 360), (790, 420), (750, 420)]
    c.poly([*hoop, *arc(690, 330, 60, 60, 360, 180), (630, 420), (590, 420)], steel)
    c.rect(546, 386, 834, FLOOR, fill=t.body, radius=24)
    c.rect(546, 428, 834, 440, fill=dark)
    c.rect(546, 524, 834, 536, fill=dark)
    c.disc(690, 482, 38, t.glow)
    c.disc(690, 474, 13, t.ink)
    c.poly([(684, 474), (696, 474), (703, 506), (677, 506)], t.ink)
    _key(c, t)
    books(c, rng, 900, (t.second, mix(t.second, t.ink, 0.4)), t.light, 170)


def _key(c: Canvas, t: Theme) -> None:
    """The key, drawn level with its ring at (478, 366) and then turned to lean on the lock."""
    gold, deep = t.accent, mix(t.accent, t.ink, 0.25)

    def askew(left: float, top: float, right: float, bottom: float) -> list[Point]:
        return turn(box(478 + left, 366 + top, 478 + right, 366 + bottom), 478, 366, 122)

    shadow(c, t, 350, 90)
    c.ring(478, 366, 80, 30, gold)
    c.poly(askew(70, -14, 246, 14), gold)
    c.poly(askew(84, -27, 102, 27), gold)
    for start, end, long in ((170, 192, 62), (208, 236, 76)):
        c.poly(askew(start, 10, end, long), gold)
    c.poly(askew(102, -14, 246, -5), deep)


def clock(c: Canvas, t: Theme, rng: Random) -> None:
    """An alarm clock with two bells."""
    still_life(c, t, rng)
    shadow(c, t, 600, 120)
    for side in (-1, 1):
        c.line([(600 + side * 80, 520), (600 + side * 112, FLOOR - 6)], 18, t.ink)
        bell = arc(600 + side * 92, 292, 58, 52, 180, 360)
        c.poly(turn(bell, 600 + side * 92, 292, side * 38), t.accent)
        c.line([(600 + side * 60, 320), (600 + side * 84, 288)], 10, t.ink)
    c.disc(600, 420, 146, t.body)
    c.disc(600, 420, 118, t.light)
    for hour in range(12):
        mark = turn(box(597, 312, 603, 326 if hour % 3 else 336), 600, 420, hour * 30)
        c.poly(mark, t.ink)
    minute = rng.randrange(12) * 30
    hour_hand = rng.randrange(12) * 30 + minute / 12
    c.line(turn([(600, 420), (600, 334)], 600, 420, minute), 8, t.ink)
    c.line(turn([(600, 420), (600, 362)], 600, 420, hour_hand), 11, t.ink)
    c.disc(600, 420, 11, t.accent)
    books(c, rng, 240, (t.second, t.body, t.accent), t.light)
    cup(c, t, 900, 62, t.second)
    steam(c, (880, 920), 474, 360, t.light)


def mug(c: Canvas, t: Theme, rng: Random) -> None:
    """A cup of tea and the pot it came from."""
    still_life(c, t, rng)
    steam(c, (640, 700, 760), 330, 160, t.light)
    shadow(c, t, 700, 190)
    c.poly(arc(700, 552, 200, 24, 0, 180), mix(t.body, t.light, 0.35))
    c.ring(856, 446, 62, 20, t.body)
    c.poly([(560, 366), (840, 366), *arc(700, 440, 134, 116, 0, 180)], t.body)
    c.rect(556, 356, 844, 380, fill=mix(t.body, t.ink, 0.5), radius=8)
    band = [(565, 420), (835, 420), (832, 452), (568, 452)]
    c.poly(band, mix(t.body, t.light, 0.35))
    for x in range(592, 830, 36):
        c.poly(leaf(x, 450, 28, 7, 40), t.body)
    teapot(c, t)


def shelf(c: Canvas, t: Theme, rng: Random) -> None:
    """Two boards of books with a plant, a round lamp and red volumes."""
    c.disc(rng.uniform(300, 900), 300, 250, mix(t.sky, t.light, 0.55))
    hills(c, rng, [mix(t.sky, colour, 0.35) for colour in t.hills[:2]], 560)
    c.rect(230, 680, 970, HEIGHT, fill=t.table)
    c.rect(214, 664, 986, 682, fill=t.edge)
    for x in (250, 494, 738):
        c.rect(x, 704, x + 212, HEIGHT, fill=mix(t.table, t.edge, 0.3))
        c.disc(x + 106, 736, 9, t.glow)
    for base in (386, FLOOR):
        c.rect(170, base, 1030, base + 18, fill=t.edge)
        c.rect(170, base + 18, 1030, base + 25, fill=mix(t.edge, t.ink, 0.4))
        for x in (250, 930):
            c.poly([(x, base + 25), (x + 24, base + 25), (x + 24, base + 40)], t.ink)
    _row(c, t, rng, 386, 220, 600)
    _row(c, t, rng, 386, 800, 980)
    _row(c, t, rng, FLOOR, 440, 880)
    c.disc(700, 328, 50, t.glow)
    c.poly([(672, 386), (728, 386), (716, 372), (684, 372)], t.ink)
    for lean in (-64, -34, 0, 34, 64):
        c.poly(leaf(310, 500, 96, 17, lean), JADE if lean % 4 else SAGE)
    c.poly([(266, 494), (354, 494), (340, FLOOR), (280, FLOOR)], t.light)


def _row(c: Canvas, t: Theme, rng: Random, base: float, left: float, right: float) -> None:
    """Fill a board with standing books; the last one is red and leans on the others."""
    tones = [t.body, t.second, SAGE, "#c9a45e", mix(t.body, t.ink, 0.4), t.edge]
    x, last = left, ""
    while x < right - 50:
        wide, high = rng.uniform(28, 52), rng.uniform(104, 146)
        last = rng.choice([tone for tone in tones if tone != last])
        c.rect(x, base - high, x + wide, base, fill=last)
        c.rect(x, base - high + 16, x + wide, base - high + 22, fill=mix(last, t.light, 0.5))
        c.rect(x, base - 28, x + wide, base - 22, fill=mix(last, t.light, 0.5))
        x += wide + 2
    c.poly(turn(box(x + 4, base - 128, x + 36, base), x + 4, base, -9), t.accent)
