"""Pictures: what is accepted, how it is re-encoded, and in which sizes it is offered.

No database here. Whoever calls gets a picture of our own making or a ValidationError that says what
to do. Only one picture is decoded at a time, so that a process never needs more than about 120 MB
for it, however many are sent at once.
"""

import hashlib
import re
import struct
import threading
import warnings
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from pathlib import PurePath
from typing import Any, Final

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.utils.translation import gettext as _
from PIL import Image, ImageCms, JpegImagePlugin, PngImagePlugin
from pilkit.processors import Resize, ResizeToFill, Transpose

from articles.html import strip_control

MAX_BYTES: Final = 20 * 1024 * 1024
MAX_PIXELS: Final = 40_000_000
LONGEST_SIDE: Final = 2400
WIDTHS: Final = (480, 768, 1152, 1680)
# Width to height of the crops that covers are shown in; "full" is the uncropped picture.
CROPS: Final = {"full": None, "small": (3, 2), "wide": (7, 3)}
FORMATS: Final = {"image/avif": "avif", "image/webp": "webp"}

# What a decoder may hold at its peak. With it a process stays below 200 MB as a whole.
_WORKING_BYTES: Final = 104_000_000
# Measured peaks for each pixel: decoder, its copy in Python and our conversion. JPEG is apart.
_BYTES_PER_PIXEL: Final = {"PNG": 8, "GIF": 8, "WEBP": 18}
_JPEG_SCANS: Final = 100
_PROFILE_BYTES: Final = 4 * 1024 * 1024
# Not AVIF: its decoder believes the picture's data and not the size in the header, so that a file
# of 2 kB that says 100×100 takes hundreds of megabytes before anybody can object.
_ACCEPTED: Final = ("JPEG", "PNG", "WEBP", "GIF")
# All that decoders were seen to raise for files that somebody tampered with. No BaseException:
# a worker that is told to stop must stop.
_DECODER_ERRORS: Final = (
    ArithmeticError, AssertionError, AttributeError, EOFError, LookupError, MemoryError,
    OSError, RuntimeError, SyntaxError, TypeError, ValueError, struct.error, zlib.error,
    Image.DecompressionBombError,
)  # fmt: skip
_ORIENTATION: Final = 0x0112
_MARKER: Final = re.compile(rb"\xff([^\x00\xd0-\xd7\xff])")
_one_at_a_time = threading.Lock()
# Pillow would unpack up to 64 MB of comments that we throw away; a picture has no need of them.
PngImagePlugin.MAX_TEXT_MEMORY = 4 * 1024 * 1024


@dataclass(frozen=True)
class AcceptedImage:
    """A picture of our own encoding; `sha256` is that of the bytes that were sent."""

    data: bytes
    extension: str
    width: int
    height: int
    sha256: str
    name: str


@dataclass(frozen=True)
class Rendition:
    """A picture in one crop, size and format (a MIME type)."""

    crop: str
    format: str
    width: int
    height: int
    data: bytes

    @property
    def filename(self) -> str:
        return f"{self.crop}-{self.width}.{FORMATS[self.format]}"


@contextmanager
def _decoding() -> Iterator[None]:
    """Hold the process's one place for decoding. Pillow's warnings (broken EXIF, large pictures,
    odd palettes) say nothing that the checks here do not decide."""
    with _one_at_a_time, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def accept(upload: File[bytes], *, longest_side: float = LONGEST_SIDE) -> AcceptedImage:
    """Return a clean picture made anew of what was uploaded, or raise ValidationError (with the
    code "pixels" where it has too many).

    What it is is decided by its content. Rotation is applied, colours become sRGB, all metadata
    goes, the longest side is at most `longest_side`; without a limit (math.inf) only photographs
    that memory has no room for are halved. Transparent pictures become PNG, all others JPEG; of an
    animation the first frame stays. About half a second for 12 megapixels.
    """
    if not upload.size:
        raise ValidationError(_("The file is empty. Choose the picture again."))
    if upload.size > MAX_BYTES:
        raise ValidationError(
            _("The file is larger than %(limit)d MB. Make the picture smaller and try again.")
            % {"limit": MAX_BYTES // 1024**2}
        )
    upload.seek(0)
    sha256 = hashlib.file_digest(upload, "sha256").hexdigest()
    with _decoding():
        image = _clean(upload, longest_side)
        width, height = image.size
        extension, encoded = _encode_source(image)
    name = strip_control(PurePath((upload.name or "").replace("\\", "/")).name)[:200]
    return AcceptedImage(encoded, extension, width, height, sha256, name)


def _clean(upload: File[bytes], longest_side: float) -> Image.Image:
    """Return the picture upright, in RGB or RGBA and sRGB, no larger than we store it."""
    image = _open(upload)
    try:
        if isinstance(image, JpegImagePlugin.JpegImageFile):
            _prepare_jpeg(image, upload, longest_side)
        else:
            # Grey of sixteen bits is unpacked twice on its way to eight.
            deep = 1.15 if image.mode.startswith("I") else 1
            pixel = _BYTES_PER_PIXEL[str(image.format)] * deep
            _require_room(image, image.width * image.height * pixel)
        image.load()
        turn, profile = _orientation(image), image.info.get("icc_profile")
        # The steps replace one another, so that never more than two are in memory.
        resized = partial(_resized, longest_side=longest_side)
        for step in (_grey, _plain, _premultiplied, resized, _straight):
            image = step(image)
    except _DECODER_ERRORS as error:
        raise ValidationError(
            _("The picture is damaged or incomplete. Save it anew from the original and try again.")
        ) from error
    image = _to_srgb(image, profile)
    if turns := Transpose._EXIF_ORIENTATION_STEPS.get(turn):
        image = Transpose(*turns).process(image)
    image.info = {}
    return image


def _open(upload: File[bytes]) -> Image.Image:
    """Read the header only."""
    try:
        upload.seek(0)
        return Image.open(upload, formats=_ACCEPTED)
    except Image.DecompressionBombError as error:
        raise _too_many_pixels() from error
    except _DECODER_ERRORS as error:
        upload.seek(0)
        raise ValidationError(_why_unknown(upload.read(1024))) from error


def _why_unknown(head: bytes) -> str:
    brands = head[8:64]
    if head[4:8] == b"ftyp" and (b"avif" in brands or b"avis" in brands):
        return _("AVIF files are not accepted. Save the picture as JPEG, PNG or WebP instead.")
    if head[4:8] == b"ftyp" and (b"hei" in brands or b"hev" in brands or b"mif1" in brands):
        return _(
            "HEIC pictures cannot be shown by most browsers. On an iPhone choose Settings, Camera, "
            "Formats, Most Compatible, or export the picture as JPEG, and upload that."
        )
    if b"<svg" in head.lower():
        return _("SVG files are not accepted. Export the drawing as PNG and upload that.")
    return _(
        "This is not a picture that can be read, whatever its name says. "
        "Save it as JPEG, PNG, WebP or GIF and upload that."
    )


def _too_many_pixels() -> ValidationError:
    return ValidationError(
        _("The picture has too many pixels. Make its longer side %(side)d pixels and try again.")
        % {"side": LONGEST_SIDE},
        code="pixels",
    )


def _require_room(image: Image.Image, needed: float) -> None:
    if image.width * image.height > MAX_PIXELS or needed > _WORKING_BYTES:
        raise _too_many_pixels()


def _jpeg_bytes(coefficients: float, decoded_pixels: float) -> float:
    """Return what a JPEG needs at its peak: while it is decoded, or afterwards while it shrinks."""
    return max(coefficients + 4 * decoded_pixels, 8 * decoded_pixels)


def _prepare_jpeg(
    image: JpegImagePlugin.JpegImageFile, upload: File[bytes], longest_side: float
) -> None:
    """Have a JPEG decoded at the scale we need, or a smaller one where memory demands it."""
    pixels = image.width * image.height
    upload.seek(0)
    scans = _jpeg_scans(upload.read())
    if scans > _JPEG_SCANS:
        raise _too_many_pixels()
    # A picture in several scans is unpacked only after all its coefficients were read.
    factors = [horizontal * vertical for _id, horizontal, vertical, _table in image.layer]
    coefficients = 2 * pixels * sum(factors) / max(factors, default=1) if scans > 1 else 0
    scale = max((s for s in (1, 2, 4, 8) if max(image.size) / s >= longest_side), default=1)
    if _jpeg_bytes(coefficients, pixels / scale**2) > _WORKING_BYTES:
        scale *= 2
    _require_room(image, _jpeg_bytes(coefficients, pixels / scale**2))
    image.draft(None, (max(1, image.width // scale), max(1, image.height // scale)))


def _jpeg_scans(data: bytes) -> int:
    """Count the scans of a JPEG. Each costs a pass over the whole picture, however few bytes it
    has, so that a small file could keep a processor busy for hours."""
    scans, position = 0, 2
    while match := _MARKER.search(data, position):
        position = match.end()
        marker = match[1][0]
        if marker == 0xD9:
            break
        if marker == 0xDA:
            scans += 1
        if marker not in (0x01, 0xD8):
            position += int.from_bytes(data[position : position + 2])
    return scans


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(_ORIENTATION, 1))
    except _DECODER_ERRORS:
        return 1  # EXIF that cannot be read turns nothing.


def _grey(image: Image.Image) -> Image.Image:
    """Scale sixteen bits of grey to eight: Pillow's own conversion would clip."""
    if not image.mode.startswith("I"):
        return image
    return image.convert("I").point(lambda value: value / 257).convert("L")


def _plain(image: Image.Image) -> Image.Image:
    """Return the picture in L, RGB, CMYK or, with transparency, RGBA."""
    if image.has_transparency_data:
        return image.convert("RGBA")
    return image if image.mode in {"L", "RGB", "CMYK"} else image.convert("RGB")


def _premultiplied(image: Image.Image) -> Image.Image:
    # Resizing would do so, too, but keep the picture as it was beside it.
    return image.convert("RGBa") if image.mode == "RGBA" else image


def _resized(image: Image.Image, longest_side: float) -> Image.Image:
    ratio = longest_side / max(image.size)
    if ratio >= 1:
        return image
    width, height = (max(1, round(side * ratio)) for side in image.size)
    resized: Image.Image = Resize(width, height).process(image)
    return resized


def _straight(image: Image.Image) -> Image.Image:
    """Undo the premultiplication, and drop a transparency that hides nothing."""
    if image.mode != "RGBa":
        return image
    image = image.convert("RGBA")
    return image.convert("RGB") if image.getchannel("A").getextrema() == (255, 255) else image


def _to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    mode = "RGBA" if image.mode == "RGBA" else "RGB"
    if profile and len(profile) <= _PROFILE_BYTES:
        try:
            source = ImageCms.ImageCmsProfile(BytesIO(profile))
            converted = ImageCms.profileToProfile(
                image, source, ImageCms.createProfile("sRGB"), outputMode=mode
            )
            if converted is not None:
                return converted
        except (ImageCms.PyCMSError, *_DECODER_ERRORS):
            pass  # A profile that is broken or of another colour space says nothing of colours.
    return image if image.mode == mode else image.convert(mode)


def _encode_source(image: Image.Image) -> tuple[str, bytes]:
    buffer = BytesIO()
    if image.mode == "RGBA":
        image.save(buffer, "PNG", compress_level=6)
        return "png", buffer.getvalue()
    # Both would keep a second copy of the whole picture, for which a large one leaves no room.
    is_small = max(image.size) <= LONGEST_SIDE
    image.save(
        buffer, "JPEG", quality=88, optimize=is_small, progressive=is_small, subsampling="4:4:4"
    )
    return "jpg", buffer.getvalue()


# --- Renditions -----------------------------------------------------------------------------
def rendition_sizes(width: int, height: int, crop: str) -> list[tuple[int, int]]:
    """Return the sizes a picture is offered in, narrowest first; none is larger than it is."""
    shape = CROPS[crop] or (width, height)
    available = max(1, min(width, height * shape[0] // shape[1]))
    widest = min(available, WIDTHS[-1])
    # A step that is hardly narrower than the widest would cost a file and save nothing.
    widths = [step for step in WIDTHS if step < 0.9 * widest] + [widest]
    return [(step, max(1, round(step * shape[1] / shape[0]))) for step in widths]


def renditions(source: bytes, crops: Iterable[str]) -> Iterator[Rendition]:
    """Yield an accepted picture in every size and format of the crops ("full", "small", "wide");
    transparent ones as WebP only.

    One at a time in memory. `source` is what accept() made: anything else may raise OSError.
    """
    with _decoding():
        image = Image.open(BytesIO(source), formats=("JPEG", "PNG"))
        image.load()
    # AVIF encodes transparency as a second picture, which takes twice the memory.
    formats = ("image/webp",) if image.mode == "RGBA" else tuple(FORMATS)
    for crop in crops:
        for width, height in rendition_sizes(*image.size, crop):
            with _decoding():
                sized = _fitted(image, crop, width, height)
            for mime in formats:
                with _decoding():
                    data = _encode_rendition(sized, mime)
                yield Rendition(crop, mime, sized.width, sized.height, data)


def _fitted(image: Image.Image, crop: str, width: int, height: int) -> Image.Image:
    processor = ResizeToFill(width, height) if CROPS[crop] else Resize(width, height)
    # The processor that crops works in RGBA.
    sized: Image.Image = processor.process(image)
    return sized if sized.mode == image.mode else sized.convert(image.mode)


def _encode_rendition(image: Image.Image, mime: str) -> bytes:
    buffer = BytesIO()
    if mime == "image/avif":
        # A second thread would take some ten megabytes more.
        image.save(buffer, "AVIF", quality=62, speed=8, max_threads=1)
    else:
        image.save(buffer, "WEBP", quality=80, method=4)
    return buffer.getvalue()


def srcset(renditions: Iterable[dict[str, Any]], mime: str, crop: str) -> str:
    """Return the `srcset` of a picture's renditions of one format and crop, smallest first."""
    chosen = [item for item in renditions if item["format"] == mime and item["crop"] == crop]
    chosen.sort(key=lambda item: int(item["width"]))
    return ", ".join(f"{settings.MEDIA_URL}{item['file']} {item['width']}w" for item in chosen)
