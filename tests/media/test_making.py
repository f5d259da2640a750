"""Pictures made anew: what is refused, what a bomb costs, and that nothing they say is left."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest
import pytest_asyncio
from PIL import Image, ImageCms

import pictures
from core.errors import InvalidInput
from making_files import made_of
from media.kinds import recognise
from media.making import NoPlace, make
from media.pictures import Refused, open_picture
from pictures import encoded, long_gif, moving_gif, opened, picture

ROOT = Path(__file__).resolve().parent.parent.parent
MIB = 1024 * 1024


def peak_of(folder: Path, data: bytes, task: str) -> int:
    """Process some bytes beside this process; return the most memory it held, in bytes."""
    (folder / "in").write_bytes(data)
    format = recognise(data[:4096]).format
    code = (
        "import re, sys; sys.path.insert(0, sys.argv.pop(1));"
        "state = open('/proc/self/status');"  # Later the cage hides it.
        "from media.process import main; main();"
        "print(re.search('VmHWM:.*?([0-9]+)', state.read())[1])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(ROOT), str(folder), task, format],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return int(done.stdout) * 1024


@pytest.mark.parametrize(
    ("data", "task"),
    [
        (pictures.announced_png(50_000, 50_000), "picture"),
        (pictures.announced_png(1, 1_000_000_000), "picture"),
        (long_gif(100_000), "moving"),
        (long_gif(301), "moving"),
    ],
    ids=["wide", "tall", "hundred thousand frames", "a frame too many"],
)
async def test_F04_a_bomb_is_refused_before_it_is_decoded(tmp_path, data, task):
    with pytest.raises(InvalidInput, match="too large|too long|cannot be read"):
        await made_of(tmp_path, data, task)

    assert peak_of(tmp_path, data, task) < 256 * MIB


@pytest.mark.parametrize("format", ["GIF", "PNG", "WEBP", "AVIF"])
def test_F04_many_large_frames_are_refused_before_they_are_decoded(tmp_path, monkeypatch, format):
    frames = [Image.new("RGB", (100, 100), (n * 60, 255 - n * 60, 0)) for n in range(4)]
    data = encoded(frames[0], format, save_all=True, append_images=frames[1:], duration=50)
    (tmp_path / "in").write_bytes(data)
    assert open_picture(tmp_path / "in", format).n_frames == 4
    monkeypatch.setattr("media.pictures.MAX_MOVING_PIXELS", 30_000)

    with pytest.raises(Refused, match="too long"):
        open_picture(tmp_path / "in", format)


async def test_F04_what_takes_too_much_memory_is_refused_and_not_killed(tmp_path):
    data = encoded(Image.new("RGBA", (7300, 5400), (1, 2, 3, 4)), "WEBP")

    with pytest.raises(InvalidInput, match="memory"):
        await made_of(tmp_path, data)


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "AVIF", "HEIF", "GIF"])
@pytest.mark.parametrize("cut", [30, 100, -40])
async def test_F05_a_picture_that_ends_in_the_middle_is_refused(tmp_path, format, cut):
    data = encoded(picture(400, 300), format)[:cut]
    if recognise(data) is None:
        return

    with pytest.raises(InvalidInput, match="damaged|cannot be read"):
        await made_of(tmp_path, data)


@pytest.mark.parametrize("seed", range(6))
async def test_F05_a_picture_with_broken_bytes_is_refused_or_made(tmp_path, seed):
    data = bytearray(encoded(picture(400, 300), "JPEG"))
    for at in range(200 + seed * 7, len(data), 97):
        data[at] ^= 0x5A

    try:
        _, served = await made_of(tmp_path, bytes(data))
    except InvalidInput:
        return
    assert opened(served).format == "JPEG"


async def test_F05_inks_become_colours(tmp_path):
    _, served = await made_of(tmp_path, encoded(picture(mode="CMYK"), "JPEG"))

    shown = opened(served)
    assert shown.mode == "RGB"
    red, green, blue = shown.getpixel((60, 44))
    assert red > 150 and green < 90 and blue < 90


async def test_F05_sixteen_bits_become_eight(tmp_path):
    deep = Image.new("I;16", (64, 48), 32_768)

    _, served = await made_of(tmp_path, encoded(deep, "PNG"))

    shown = opened(served)
    assert (shown.mode, shown.getpixel((5, 5))) == ("L", 128)


async def test_F05_a_progressive_picture_is_read(tmp_path):
    made, _ = await made_of(tmp_path, encoded(picture(), "JPEG", progressive=True))

    assert (made.width, made.height) == (64, 48)


async def test_F05_a_colour_profile_is_applied_and_not_kept(tmp_path):
    # Written for another white: the same numbers are other colours.
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    wide = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for carried in (profile, wide, b"\0" * 1_000_000):
        data = encoded(picture(), "PNG", icc_profile=carried)

        _, served = await made_of(tmp_path, data)

        assert "icc_profile" not in opened(served).info


async def test_F05_a_colour_profile_of_ten_megabytes_is_refused(tmp_path):
    data = encoded(picture(), "PNG", icc_profile=os.urandom(10 * MIB))

    with pytest.raises(InvalidInput, match="cannot be read"):
        await made_of(tmp_path, data)


@pytest.mark.parametrize("orientation", range(1, 9))
async def test_F10_a_picture_is_upright_once_nothing_says_how_it_lies(tmp_path, orientation):
    upright = picture(64, 48)
    lying = {
        1: upright,
        2: upright.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
        3: upright.transpose(Image.Transpose.ROTATE_180),
        4: upright.transpose(Image.Transpose.FLIP_TOP_BOTTOM),
        5: upright.transpose(Image.Transpose.TRANSPOSE),
        6: upright.transpose(Image.Transpose.ROTATE_90),
        7: upright.transpose(Image.Transpose.TRANSVERSE),
        8: upright.transpose(Image.Transpose.ROTATE_270),
    }[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation

    _, served = await made_of(tmp_path, encoded(lying, "PNG", exif=exif))

    shown = opened(served)
    assert shown.size == (64, 48)
    for corner in ((2, 2), (61, 2), (2, 45), (61, 45)):
        assert shown.getpixel(corner) == upright.getpixel(corner)


@pytest.mark.parametrize("task", ["picture", "avatar", "header", "preview"])
async def test_F10_nothing_that_a_picture_says_is_left(tmp_path, task):
    telling = {
        "jpeg": pictures.telling_jpeg(),
        "png": pictures.telling_png(),
        "preamble": pictures.telling_jpeg() + b"\0" * 128 + b"DICM" + pictures.NAME.encode(),
    }
    for data in telling.values():
        assert pictures.NAME.encode() in data
        (tmp_path / "in").write_bytes(data)

        await make(tmp_path, task, recognise(data).format)

        for name in ("main", "preview"):
            if not (tmp_path / name).exists():
                continue
            served = (tmp_path / name).read_bytes()
            assert pictures.NAME.encode() not in served
            assert not {"exif", "xmp", "comment", "photoshop"} & set(opened(served).info)
            assert dict(opened(served).getexif()) == {}


async def test_a_portrait_and_a_banner_are_cut_to_their_shape(tmp_path):
    data = encoded(picture(2000, 1000), "PNG")

    portrait, _ = await made_of(tmp_path, data, "avatar")
    banner, _ = await made_of(tmp_path, data, "header")

    assert (portrait.width, portrait.height) == (400, 400)
    assert (banner.width, banner.height) == (1500, 500)


async def test_a_large_picture_is_served_smaller(tmp_path):
    made, served = await made_of(tmp_path, encoded(picture(5000, 4000), "JPEG"))

    assert made.width * made.height <= 3840 * 2160
    assert made.width / made.height == pytest.approx(1.25, abs=0.01)
    assert opened(served).size == (made.width, made.height)
    assert made.preview_width * made.preview_height <= 640 * 360


def test_moving_pictures_of_few_frames_are_taken():
    assert recognise(moving_gif()).moves
    assert not recognise(encoded(picture(), "PNG")).moves


async def test_F09_what_is_not_there_any_more_is_refused(tmp_path):
    for folder in (tmp_path, tmp_path / "swept away"):
        with pytest.raises(InvalidInput, match="not there any more"):
            await make(folder, "film", "mov")


class TestPlaces:
    """Who is made when, with two places."""

    @pytest.fixture
    def running(self, monkeypatch):
        """The tasks that are being made, in order; none ends."""
        begun: list[str] = []

        async def run(_folder, task, _format, **_):
            begun.append(task)
            await asyncio.Event().wait()

        monkeypatch.setattr("media.making._run", run)
        monkeypatch.setattr("media.making.PLACE_S", 0.2)
        return begun

    @pytest_asyncio.fixture
    async def begin(self, tmp_path):
        (tmp_path / "in").write_bytes(b"x")
        async with asyncio.TaskGroup() as group:
            tasks = []

            def begin(task, owner_id):
                tasks.append(
                    group.create_task(_outcome(make(tmp_path, task, "x", owner_id=owner_id)))
                )
                return tasks[-1]

            yield begin
            for task in tasks:
                task.cancel()

    async def test_F09_films_leave_a_place_for_pictures(self, running, begin):
        begin("film", 1)
        late = begin("film", 2)
        await asyncio.sleep(0.05)
        begin("picture", 3)

        assert isinstance(await late, NoPlace)
        assert running == ["film", "picture"]

    async def test_F09_one_person_has_one_place(self, running, begin):
        begin("picture", 1)
        late = begin("picture", 1)
        await asyncio.sleep(0.05)
        begin("picture", 2)

        assert isinstance(await late, NoPlace)
        assert running == ["picture", "picture"]


async def _outcome(making):
    try:
        return await making
    except NoPlace as error:
        return error
