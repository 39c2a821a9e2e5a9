import os
import struct
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, PngImagePlugin

from articles import images
from articles.images import accept, rendition_sizes, renditions, srcset

RED, BLUE = (200, 30, 30), (30, 30, 200)


def encoded(image, kind, **options):
    buffer = BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def halves(mode="RGB", size=(60, 40)):
    """A picture whose left half is red and whose right half is blue."""
    image = Image.new("RGB", size, RED)
    image.paste(BLUE, (size[0] // 2, 0, size[0], size[1]))
    return image.convert(mode)


def take(data, name="photo.jpg"):
    return accept(ContentFile(data, name=name))


def opened(accepted):
    return Image.open(BytesIO(accepted.data))


def near(pixel, colour, by=30):
    return all(abs(a - b) <= by for a, b in zip(pixel[:3], colour, strict=True))


def refusal(data, name="photo.jpg"):
    with pytest.raises(ValidationError) as caught:
        take(data, name)
    (message,) = caught.value.messages
    return message


# --- What is accepted -------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("mode", "kind", "options"),
    [
        ("RGB", "JPEG", {}),
        ("RGB", "JPEG", {"progressive": True}),
        ("CMYK", "JPEG", {}),
        ("RGB", "PNG", {}),
        ("P", "PNG", {}),
        ("RGBA", "PNG", {}),
        ("RGB", "WEBP", {}),
        ("RGBA", "WEBP", {"lossless": True}),
        ("P", "GIF", {}),
    ],
)
def test_kinds_of_pictures_become_one_kind(mode, kind, options):
    accepted = take(encoded(halves(mode), kind, **options))
    image = opened(accepted)
    assert (accepted.extension, image.format, image.mode) == ("jpg", "JPEG", "RGB")
    assert (accepted.width, accepted.height) == image.size == (60, 40)
    assert near(image.getpixel((10, 20)), RED)
    assert near(image.getpixel((50, 20)), BLUE)


def test_content_decides_and_not_the_name():
    accepted = take(encoded(halves(), "PNG"), name="C:\\Bilder\\a\x00b.jpg")
    assert accepted.extension == "jpg"
    assert accepted.name == "ab.jpg"


def test_transparency_is_kept():
    image = halves("RGBA")
    image.putpixel((0, 0), (0, 0, 0, 0))
    accepted = take(encoded(image, "PNG"))
    assert accepted.extension == "png"
    assert opened(accepted).getpixel((0, 0))[3] == 0
    assert opened(accepted).getpixel((1, 0)) == (*RED, 255)


def test_a_transparent_palette_is_kept():
    image = Image.new("P", (20, 20), 0)
    image.putpalette([0, 0, 0, 255, 0, 0])
    image.paste(1, (10, 0, 20, 20))
    accepted = take(encoded(image, "GIF", transparency=0))
    assert opened(accepted).convert("RGBA").getpixel((0, 0))[3] == 0
    assert opened(accepted).convert("RGBA").getpixel((15, 0)) == (255, 0, 0, 255)


def test_sixteen_bits_of_grey_are_scaled_and_not_clipped():
    image = Image.frombytes("I;16", (2, 1), struct.pack("<HH", 0x8000, 0xFFFF))
    image = image.resize((40, 20), Image.Resampling.NEAREST)
    pixels = opened(take(encoded(image, "PNG"))).convert("L")
    assert abs(pixels.getpixel((5, 10)) - 128) < 4
    assert pixels.getpixel((35, 10)) > 250


def test_rotation_is_applied_and_all_metadata_goes():
    exif = Image.Exif()
    exif[0x0112] = 6  # The camera was held upright: turn to the right.
    exif[0x010F] = "Camera of Carol"
    exif.get_ifd(0x8825).update({1: "N", 2: (31.0, 13.0, 43.0)})
    data = encoded(
        halves(), "JPEG", exif=exif, comment=b"secret comment", quality=95,
        xmp=b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>secret</x:xmpmeta>",
    )  # fmt: skip
    accepted = take(data)
    image = opened(accepted)
    assert image.size == (40, 60)
    assert near(image.getpixel((20, 5)), RED)
    assert near(image.getpixel((20, 55)), BLUE)
    assert not image.getexif()
    assert {"comment", "exif", "xmp", "icc_profile"}.isdisjoint(image.info)
    assert b"secret" not in accepted.data
    assert b"Carol" not in accepted.data


def test_png_comments_and_profiles_go():
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", "secret")
    image = halves("RGBA")
    image.putpixel((0, 0), (0, 0, 0, 0))
    accepted = take(encoded(image, "PNG", pnginfo=info, icc_profile=srgb(), dpi=(300, 300)))
    assert opened(accepted).info == {}


def srgb():
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def test_a_profile_becomes_srgb():
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    for profile in (srgb(), lab, b"broken", srgb()[:200]):
        image = opened(take(encoded(halves(), "JPEG", icc_profile=profile)))
        assert near(image.getpixel((10, 20)), RED)
        assert "icc_profile" not in image.info


def test_a_profile_changes_colours():
    # sRGB's own profile with its red and blue primaries exchanged.
    profile = bytearray(srgb())
    red, blue = profile.index(b"rXYZ"), profile.index(b"bXYZ")
    profile[red : red + 4], profile[blue : blue + 4] = b"bXYZ", b"rXYZ"
    image = opened(take(encoded(halves(), "PNG", icc_profile=bytes(profile))))
    assert near(image.getpixel((10, 20)), BLUE)


def test_large_pictures_shrink():
    image = Image.new("RGB", (5000, 2500), RED)
    for data in (encoded(image, "JPEG"), encoded(image, "PNG")):
        accepted = take(data)
        assert (accepted.width, accepted.height) == (2400, 1200)


@pytest.mark.parametrize("size", [(12000, 1), (1, 12000), (1, 1), (2401, 3)])
def test_odd_shapes(size):
    accepted = take(encoded(Image.new("RGB", size, RED), "PNG"))
    assert max(accepted.width, accepted.height) == min(2400, max(size))
    made = list(renditions(accepted.data, ["full", "small", "wide"]))
    assert {item.crop for item in made} == {"full", "small", "wide"}


def test_of_an_animation_the_first_frame_stays():
    frames = [Image.new("RGB", (20, 20), RED)] + [
        Image.new("RGB", (20, 20), (0, number % 256, 200)) for number in range(2000)
    ]
    for kind in ("GIF", "WEBP", "PNG"):
        data = encoded(frames[0], kind, save_all=True, append_images=frames[1:])
        assert near(opened(take(data)).getpixel((5, 5)), RED)


# --- What is refused, and what it is told -----------------------------------------------------
def test_empty():
    assert refusal(b"") == "文件是空的，请重新选择图片。"


@pytest.mark.parametrize(
    "data",
    [b"hello", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF89a", b"RIFF\0\0\0\0WEBPVP8 ",
     b"%PDF-1.7", b"BM" + bytes(100), b"II*\0" + bytes(100), b"\0" * 5000],
)  # fmt: skip
def test_not_a_picture(data):
    assert "不是能够识别的图片" in refusal(data)


def test_svg():
    svg = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>'
    assert "SVG" in refusal(svg, "a.png")


def test_heic_is_told_how_to_convert():
    assert "兼容性最佳" in refusal(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(200), "a.jpg")


def test_avif():
    assert "AVIF" in refusal(encoded(halves(), "AVIF"))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_truncated(kind):
    noise = Image.frombytes("RGB", (200, 200), os.urandom(120000))
    data = encoded(noise.convert("P") if kind == "GIF" else noise, kind)
    message = refusal(data[: len(data) // 2])
    assert "损坏或不完整" in message or "不是能够识别的图片" in message


def test_too_many_bytes(monkeypatch):
    monkeypatch.setattr(images, "MAX_BYTES", 1024 * 1024)
    assert "1MB" in refusal(b"\0" * (1024 * 1024 + 1))


def test_bombs():
    bomb = encoded(Image.new("1", (30000, 30000)), "PNG")
    assert len(bomb) < 200_000
    jpeg = bytearray(encoded(halves(), "JPEG"))
    frame = jpeg.index(b"\xff\xc0")
    jpeg[frame + 5 : frame + 9] = struct.pack(">HH", 65500, 65500)
    for data in (bomb, bytes(jpeg), encoded(Image.new("1", (9600, 9600)), "PNG")):
        assert "像素太多" in refusal(data)


def test_a_jpeg_of_thousands_of_scans_is_refused_unread():
    data = encoded(halves(), "JPEG", progressive=True)
    scan = data[data.rindex(b"\xff\xda") : -2]
    assert "像素太多" in refusal(data[:-2] + scan * 5000 + b"\xff\xd9")


def test_comments_that_unpack_to_much_are_refused():
    info = PngImagePlugin.PngInfo()
    for number in range(20):
        info.add_text(f"k{number}", "x" * 1_000_000, zip=True)
    assert "不是能够识别的图片" in refusal(encoded(halves(), "PNG", pnginfo=info))


def test_pillow_takes_no_truncated_files_elsewhere():
    from PIL import ImageFile

    assert ImageFile.LOAD_TRUNCATED_IMAGES is False


def test_memory_errors_are_told(monkeypatch):
    def fail(self):
        raise MemoryError

    monkeypatch.setattr(PngImagePlugin.PngImageFile, "load", fail)
    assert "损坏或不完整" in refusal(encoded(halves(), "PNG"))


SEEDS = [
    encoded(halves("CMYK"), "JPEG", icc_profile=srgb()),
    encoded(halves(), "JPEG", progressive=True),
    encoded(halves("RGBA"), "PNG", icc_profile=srgb()),
    encoded(halves("P"), "PNG"),
    encoded(halves("P"), "GIF"),
    encoded(halves(), "WEBP"),
    encoded(halves("RGBA"), "WEBP", lossless=True),
]


@hypothesis_settings(max_examples=300, deadline=None)
@given(
    seed=st.sampled_from(SEEDS),
    changes=st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255)), min_size=1, max_size=12),
    keep=st.floats(0.05, 1),
)
def test_whatever_is_done_to_a_file_it_is_accepted_or_refused(seed, changes, keep):
    data = bytearray(seed)
    for place, value in changes:
        data[int(place**2 * len(data))] = value
    try:
        accepted = take(bytes(data[: int(len(data) * keep)]))
    except ValidationError:
        return
    opened(accepted).load()


# --- Memory -----------------------------------------------------------------------------------
MEASURE = r"""
import re, sys
from pathlib import Path
import django
django.setup()
from django.core.exceptions import ValidationError
from django.core.files.base import File
from articles.images import accept, renditions
with open(sys.argv[1], "rb") as file:
    try:
        data = accept(File(file)).data
        if sys.argv[2] == "render":
            for rendition in renditions(data, ["full", "small", "wide"]):
                pass
        outcome = "accepted"
    except ValidationError:
        outcome = "refused"
# Not getrusage: what it says includes the process that started this one.
print(outcome, re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())[1])
"""


def noise(width, height, mode="RGB"):
    """A picture with a little noise in each corner, quickly made and hard to compress."""
    bands = len(Image.new(mode, (1, 1)).tobytes())
    patch = Image.frombytes(mode, (256, 256), os.urandom(256 * 256 * bands))
    return patch.resize((width, height), Image.Resampling.BILINEAR)


def worst_cases():
    yield (
        "rgba.png",
        "accepted",
        lambda: encoded(noise(360, 360, "RGBA").resize((3600, 3600), 0), "PNG", compress_level=1),
    )
    yield (
        "la.png",
        "accepted",
        lambda: encoded(noise(360, 360, "LA").resize((3600, 3600), 0), "PNG", compress_level=1),
    )
    yield "grey16.png", "accepted", lambda: encoded(Image.new("I;16", (3350, 3350), 999), "PNG")
    yield "palette.gif", "accepted", lambda: encoded(Image.new("P", (3600, 3600)), "GIF")
    yield (
        "rgba.webp",
        "accepted",
        lambda: encoded(noise(2400, 2400, "RGBA"), "WEBP", lossless=True, method=0, quality=0),
    )
    yield "baseline.jpg", "accepted", lambda: encoded(noise(7700, 5100), "JPEG", subsampling=0)
    yield "square.jpg", "accepted", lambda: encoded(noise(3600, 3600), "JPEG")
    yield (
        "progressive.jpg",
        "accepted",
        lambda: encoded(noise(5300, 4000), "JPEG", progressive=True, quality=60),
    )
    yield (
        "cmyk.jpg",
        "accepted",
        lambda: encoded(noise(3500, 3200, "CMYK"), "JPEG", progressive=True, quality=60),
    )
    yield (
        "progressive40.jpg",
        "refused",
        lambda: encoded(noise(7300, 5400), "JPEG", progressive=True, quality=60),
    )
    yield "rgba40.png", "refused", lambda: encoded(Image.new("RGBA", (7300, 5400)), "PNG")
    yield (
        "large.webp",
        "refused",
        lambda: encoded(Image.new("RGB", (9000, 6000)), "WEBP", lossless=True, method=0),
    )
    yield "bomb.png", "refused", lambda: encoded(Image.new("1", (30000, 30000)), "PNG")


# The clients of PostgreSQL and Redis take some megabytes by themselves.
MOST = (210 if os.environ.get("DATABASE_URL", "").startswith("postgres") else 200) * 1000**2


def measured(path, work):
    """Return what became of a picture in a process of its own, and the most bytes it held."""
    run = subprocess.run(
        [sys.executable, "-c", MEASURE, str(path), work],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"},
        cwd=Path(settings.BASE_DIR), capture_output=True, text=True, check=True,
    )  # fmt: skip
    outcome, peak = run.stdout.split()
    return outcome, int(peak) * 1024


needs_proc = pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="Only Linux tells what a process held."
)


@needs_proc
@pytest.mark.parametrize(
    ("outcome", "make"), [pytest.param(o, m, id=name) for name, o, m in worst_cases()]
)
def test_a_process_never_needs_200_megabytes(tmp_path, outcome, make):
    path = tmp_path / "picture"
    path.write_bytes(make())
    became, peak = measured(path, "accept")
    assert became == outcome
    assert peak < MOST


@needs_proc
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_rendering_never_needs_200_megabytes(tmp_path, mode):
    path = tmp_path / "picture"
    image = noise(2400, 2400)
    if mode == "RGBA":
        image.putalpha(Image.linear_gradient("L").resize(image.size))
    path.write_bytes(encoded(image, "PNG", compress_level=1))
    became, peak = measured(path, "render")
    assert became == "accepted"
    assert peak < MOST


# --- Renditions -------------------------------------------------------------------------------
def test_sizes_are_never_larger_than_the_picture():
    assert rendition_sizes(2400, 1600, "full") == [
        (480, 320),
        (768, 512),
        (1152, 768),
        (1680, 1120),
    ]
    assert rendition_sizes(300, 200, "full") == [(300, 200)]
    assert rendition_sizes(500, 1000, "full") == [(500, 1000)]
    assert rendition_sizes(800, 400, "small") == [(480, 320), (600, 400)]
    assert rendition_sizes(1680, 5000, "wide")[-1] == (1680, 720)


def test_renditions_are_made_in_every_format_and_crop():
    source = take(encoded(halves(size=(900, 600)), "PNG")).data
    made = list(renditions(source, ["full", "wide"]))
    assert [item.filename for item in made] == [
        "full-480.avif", "full-480.webp", "full-768.avif", "full-768.webp",
        "full-900.avif", "full-900.webp",
        "wide-480.avif", "wide-480.webp", "wide-768.avif", "wide-768.webp",
        "wide-900.avif", "wide-900.webp",
    ]  # fmt: skip
    for item in made:
        image = Image.open(BytesIO(item.data))
        assert image.size == (item.width, item.height)
        assert Image.MIME[image.format] == item.format
        assert near(image.convert("RGB").getpixel((20, item.height // 2)), RED)
        assert near(image.convert("RGB").getpixel((item.width - 20, item.height // 2)), BLUE)


def test_renditions_keep_transparency():
    image = halves("RGBA", (600, 400))
    image.paste((0, 0, 0, 0), (0, 0, 300, 400))
    made = list(renditions(take(encoded(image, "PNG")).data, ["full", "small"]))
    assert {item.format for item in made} == {"image/webp"}
    for item in made:
        alpha = Image.open(BytesIO(item.data)).convert("RGBA").getchannel("A")
        assert alpha.getpixel((10, 10)) < 10
        assert alpha.getpixel((item.width - 10, 10)) > 245


def test_the_same_picture_gives_the_same_bytes():
    source = take(encoded(halves(size=(300, 200)), "PNG")).data
    assert list(renditions(source, ["full"])) == list(renditions(source, ["full"]))


def test_srcset():
    item = {"crop": "full", "format": "image/webp"}
    made = [
        {**item, "width": 768, "file": "pictures/a-768.webp"},
        {**item, "width": 480, "file": "pictures/a-480.webp"},
        {**item, "width": 480, "format": "image/avif", "file": "no"},
        {**item, "width": 480, "crop": "wide", "file": "no"},
    ]
    assert srcset(made, "image/webp", "full") == (
        "/media/pictures/a-480.webp 480w, /media/pictures/a-768.webp 768w"
    )
