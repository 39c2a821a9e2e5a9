"""Drawing the picture that stands for an article without a cover where it is shared.

The title is drawn where the machine has a Chinese font. Where it has none, the picture is a sheet
of manuscript paper (稿纸) with a filled square for each character: never boxes for missing glyphs.
No database here.
"""

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Final

from django.conf import settings
from PIL import Image, ImageDraw, ImageFont

WIDTH: Final = 1200
HEIGHT: Final = 630
_MARGIN: Final = 90
_PAPER, _INK, _QUIET, _ACCENT, _LINE = "#f4f7f4", "#16211f", "#5a6764", "#0a5c51", "#c9d6d0"
_TONES: Final = ("#0a5c51", "#2c7d70", "#6ba598", "#a9cbc2", "#d8a657")
# Sizes of the title, each with as many lines as it may take; the last is cut.
_SIZES: Final = ((78, 3), (66, 4), (52, 5))
_FOLDERS: Final = (
    "/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts",
    "/System/Library/Fonts", "/Library/Fonts", "C:/Windows/Fonts",
)  # fmt: skip
_FONTS: Final = (
    "NotoSansCJK-Bold.ttc", "NotoSansCJK-Medium.ttc", "NotoSansCJK-Regular.ttc",
    "NotoSansCJKsc-Bold.otf", "NotoSansSC-Bold.otf", "NotoSansSC-Bold.ttf",
    "SourceHanSansSC-Bold.otf", "SourceHanSansCN-Bold.otf", "NotoSerifCJK-Bold.ttc",
    "NotoSerifCJK-Regular.ttc", "wqy-zenhei.ttc", "wqy-microhei.ttc", "DroidSansFallbackFull.ttf",
    "PingFang.ttc", "STHeiti Medium.ttc", "msyhbd.ttc", "msyh.ttc", "simhei.ttf",
)  # fmt: skip
_CLOSING = "，。！？；：、）》”’」』】〉…—,.!?;:)"
# What may not be parted: a Latin word, or a character with the marks that belong to it.
_PIECE = re.compile(
    rf"[（《“‘「『【〈(]*(?:[A-Za-z0-9@#%&+./_'-]+|[^\s])[{re.escape(_CLOSING)}]*|\s+"
)

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


@dataclass(frozen=True)
class Words:
    """What is written on a card."""

    title: str
    byline: str
    site: str
    host: str

    def version(self) -> str:
        """Return what stands for these words, 16 characters long."""
        drawn = "\n".join((self.title, self.byline, self.site, self.host))
        return hashlib.blake2b(drawn.encode(), digest_size=8).hexdigest()


@cache
def chinese_font() -> tuple[str, int] | None:
    """Return the file of a font that has Chinese characters and its place in it, or None: the
    one that CARD_FONT names, else one of those that systems have. Looked for once a process."""
    if settings.CARD_FONT:
        return settings.CARD_FONT, _simplified(settings.CARD_FONT)
    found: dict[str, str] = {}
    for folder in _FOLDERS:
        path = Path(folder).expanduser()
        for file in path.rglob("*.[to]t[cf]") if path.is_dir() else ():
            found.setdefault(file.name, str(file))
    for name in _FONTS:
        if name in found:
            return found[name], _simplified(found[name])
    return None


def _simplified(file: str) -> int:
    """Return which font of a collection draws characters as they are written in China."""
    for index in range(10):
        try:
            family = ImageFont.truetype(file, 12, index=index).getname()[0] or ""
        except OSError:
            break
        if family.endswith(("SC", "CN")):
            return index
    return 0


def _font(size: int) -> Font:
    found = chinese_font()
    if found is None:
        return ImageFont.load_default(size)
    return ImageFont.truetype(found[0], size, index=found[1])


def draw(words: Words) -> bytes:
    """Return the card as PNG, 1200 × 630. A tenth of a second."""
    image = Image.new("RGB", (WIDTH, HEIGHT), _PAPER)
    canvas = ImageDraw.Draw(image)
    canvas.rectangle((0, 0, 26, HEIGHT), fill=_ACCENT)
    if chinese_font() is None:
        _draw_squares(canvas, words)
    else:
        _draw_text(canvas, words)
    buffer = BytesIO()
    # A few tones are all there is: a third of the bytes of full colour.
    image.quantize(64).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def _draw_text(canvas: ImageDraw.ImageDraw, words: Words) -> None:
    small = _font(34)
    canvas.text((_MARGIN, 64), _drawable(words.site), font=small, fill=_ACCENT)
    canvas.line((_MARGIN, 128, WIDTH - _MARGIN, 128), fill=_LINE, width=2)
    size, lines = _fitted(canvas, _drawable(words.title))
    top = 156
    for line in lines:
        canvas.text((_MARGIN, top), line, font=_font(size), fill=_INK)
        top += int(size * 1.32)
    canvas.line((_MARGIN, 530, WIDTH - _MARGIN, 530), fill=_LINE, width=2)
    canvas.text((_MARGIN, 552), _drawable(words.byline)[:24], font=small, fill=_INK)
    width = canvas.textlength(words.host, font=small)
    canvas.text((WIDTH - _MARGIN - width, 552), words.host, font=small, fill=_QUIET)


def _draw_squares(canvas: ImageDraw.ImageDraw, words: Words) -> None:
    """Draw manuscript paper: the title's characters as squares, their tones by what they are."""
    columns, rows, side = 17, 6, 60
    for row in range(rows):
        top = 64 + row * (side + 14)
        for column in range(columns):
            left = _MARGIN + column * side
            canvas.rectangle((left, top, left + side, top + side), outline=_LINE, width=2)
    # The first line stays free and the second begins two squares in, as one writes at school.
    for place, char in enumerate(_drawable(words.title)[: columns * (rows - 2) - 2], columns + 2):
        if char.isspace():
            continue
        left = _MARGIN + place % columns * side
        top = 64 + place // columns * (side + 14)
        tone = _TONES[hashlib.blake2b(char.encode()).digest()[0] % len(_TONES)]
        canvas.rectangle((left + 9, top + 9, left + side - 9, top + side - 9), fill=tone)
    canvas.text((_MARGIN, 548), words.host, font=_font(40), fill=_QUIET)


def _drawable(text: str) -> str:
    """Return the text without what fonts have no glyph for: emoji, controls, private use."""
    kept = (char for char in text if unicodedata.category(char) not in {
        "So", "Cn", "Cs", "Co", "Cf", "Cc", "Sk",
    })  # fmt: skip
    return " ".join("".join(kept).split())


def _fitted(canvas: ImageDraw.ImageDraw, title: str) -> tuple[int, list[str]]:
    """Return the largest size in which a title fits, and its lines."""
    lines: list[str] = []
    size, most = _SIZES[0]
    for size, most in _SIZES:
        lines = _wrapped(canvas, title, _font(size))
        if len(lines) <= most:
            return size, lines
    return size, [*lines[: most - 1], lines[most - 1][:-1] + "…"]


def _wrapped(canvas: ImageDraw.ImageDraw, title: str, font: Font) -> list[str]:
    room = WIDTH - 2 * _MARGIN
    lines = [""]
    for piece in _pieces(canvas, title, font, room):
        if lines[-1] and canvas.textlength((lines[-1] + piece).rstrip(), font=font) > room:
            lines[-1] = lines[-1].rstrip()
            lines.append("")
        lines[-1] += piece if lines[-1] else piece.lstrip()
    return lines


def _pieces(canvas: ImageDraw.ImageDraw, title: str, font: Font, room: int) -> list[str]:
    pieces: list[str] = []
    for piece in _PIECE.findall(title):
        if canvas.textlength(piece, font=font) > room:
            pieces.extend(piece)
        else:
            pieces.append(piece)
    return pieces
