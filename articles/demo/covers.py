"""Cover pictures for the demo articles.

They are drawn by code, so that the demo needs no downloads and no picture licences. The
manner is flat and calm, in the colours of blue-and-green landscape painting. What each picture
shows is in `motifs` (things) and `scenes` (places); how it is drawn is in `canvas`.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Final, NamedTuple

from PIL import Image

from articles.demo import motifs, scenes
from articles.demo.canvas import DAY, NIGHT, Canvas, Theme


class _Cover(NamedTuple):
    paint: Callable[[Canvas, Theme, Random], None]
    alt: str
    themes: tuple[Theme, ...] = DAY
    # Writing has a direction: a mirrored page would be ragged on the wrong side.
    mirrors: bool = True


_MIXED: Final = (*DAY[:2], NIGHT[0], *DAY[2:4], NIGHT[2], DAY[4])
_RAINY: Final = (DAY[4], DAY[1], DAY[0])

_COVERS: Final = {
    "net": _Cover(scenes.signal, "插画：山坡上一点红色光源，信号一圈圈向远山扩散"),
    "leaf": _Cover(motifs.plant, "插画：桌上一盆舒展的绿叶植物，旁边是浇水壶和小仙人掌"),
    "disk": _Cover(motifs.disk, "插画：一台四盘位存储盒，连着移动硬盘，旁边立着两张光盘"),
    "box": _Cover(motifs.parcels, "插画：大大小小的包裹摞在一起，旁边靠着一辆红色手推车"),
    "desk": _Cover(motifs.desk, "插画：夜里的书桌，吊灯下一台打开的笔记本电脑", NIGHT),
    "bowl": _Cover(motifs.bowl, "插画：一碗热气腾腾的面，卧着半个鸡蛋，搭着一双筷子"),
    "rain": _Cover(scenes.rain, "插画：斜落的雨中，一栋亮着灯的红门小屋", _RAINY),
    "coin": _Cover(motifs.coins, "插画：一摞比一摞高的硬币，最高处长出新芽，旁边立着一枚方孔钱"),
    "page": _Cover(
        motifs.sheets, "插画：俯看书案，几页盖了红印的稿纸，旁边是毛笔、砚台和茶", mirrors=False
    ),
    "lamp": _Cover(motifs.lamp, "插画：夜里一盏台灯，照着一本翻开的书", NIGHT),
    "road": _Cover(scenes.road, "插画：一条公路穿过绿色田野通向远山，路上一辆红色小车"),
    "bridge": _Cover(scenes.bridge, "插画：垂柳下一座石拱桥，有人撑着红伞走过，桥影落在水里"),
    "phone": _Cover(motifs.phone, "插画：桌上立着一部手机，两边浮着消息气泡"),
    "key": _Cover(motifs.key, "插画：一把红色钥匙斜靠在大挂锁上"),
    "mountain": _Cover(scenes.mountain, "插画：青绿山峰浮在云雾上，天边一轮红日"),
    "window": _Cover(scenes.window, "插画：一只猫坐在窗台上望着远山，身旁花瓶里插着一枝花", _MIXED),
    "clock": _Cover(motifs.clock, "插画：桌上一只双铃闹钟，旁边是一摞书和一杯热茶", _MIXED),
    "cup": _Cover(motifs.mug, "插画：一杯冒着热气的茶，旁边是一把陶壶", _MIXED),
    "boat": _Cover(scenes.boat, "插画：平静的水面上一艘橙红帆的木船，远处群山起伏", _MIXED),
    "shelf": _Cover(motifs.shelf, "插画：墙上两层书架，摆着书、圆灯和一盆绿植"),
}

MOTIFS: Final[tuple[str, ...]] = tuple(_COVERS)


def draw(motif: str, seed: int = 0, size: tuple[int, int] = (1680, 1120)) -> Image.Image:
    """Draw the cover `motif` as an RGB picture of `size` pixels.

    The same motif, seed and size always give the same picture. Another seed gives other
    colours, another background and other hills; neighbouring seeds differ most. A size that
    is not 3:2 shows the middle of the picture. Raises ValueError for an unknown motif.
    """
    cover = _cover(motif)
    # Seven has no factor in common with the numbers of themes and stages, so the first
    # covers of neighbouring motifs do not look alike either.
    variant = seed + 7 * MOTIFS.index(motif)
    theme = cover.themes[variant % len(cover.themes)]
    mirror = cover.mirrors and (seed + 1) // 2 % 2 == 1
    canvas = Canvas(size, theme.sky, mirror=mirror, variant=variant)
    rng = Random(f"{motif}:{seed}")  # noqa: S311 - hills need no cryptography.
    cover.paint(canvas, theme, rng)
    return canvas.finish()


def alt_text(motif: str) -> str:
    """A short Chinese description of the picture, true for every seed.

    Raises ValueError for an unknown motif.
    """
    return _cover(motif).alt


def _cover(motif: str) -> _Cover:
    try:
        return _COVERS[motif]
    except KeyError:
        raise ValueError(f"Unknown cover motif: {motif!r}") from None
