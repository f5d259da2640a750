"""Films and sounds made anew by ffmpeg: limits, other files named in them, what they say."""

from __future__ import annotations

import pytest

import pictures
from core.errors import InvalidInput
from making_files import made_of
from media.kinds import recognise
from media.making import make
from pictures import film, needs_ffmpeg, opened


@needs_ffmpeg
@pytest.mark.parametrize(
    ("suffix", "options"),
    [
        ("mp4", ("-c:v", "libx264", "-pix_fmt", "yuv420p")),
        ("mov", ("-c:v", "libx264", "-pix_fmt", "yuv420p")),
        ("mkv", ("-c:v", "libx264")),
        ("webm", ("-c:v", "libvpx", "-deadline", "realtime", "-c:a", "libvorbis")),
    ],
)
async def test_F10_nothing_that_a_film_says_is_left(tmp_path, suffix, options):
    subtitles = tmp_path / "said.srt"
    subtitles.write_text(f"1\n00:00:00,000 --> 00:00:00,900\n{pictures.NAME}\n")
    codec = {"mkv": "srt", "webm": "webvtt"}.get(suffix, "mov_text")
    said = []
    for where in ("", ":s:v", ":s:a"):
        for key in ("title", "comment", "handler_name", "location"):
            said += [f"-metadata{where}", f"{key}={pictures.NAME}"]
    data = film(
        "-i", str(subtitles), "-map", "0", "-map", "1", "-map", "2", "-c:s", codec,
        *options, *said, suffix=suffix,
    )  # fmt: skip
    assert pictures.NAME.encode() in data

    made, served = await made_of(tmp_path, data, "film")

    assert pictures.NAME.encode() not in served
    # What the encoder writes into the pictures themselves.
    assert b"options: " not in served
    assert made.mime == "video/mp4"


@needs_ffmpeg
@pytest.mark.parametrize(
    "text",
    [
        "#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:0\n#EXTINF:10.0,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile '/etc/passwd'\nduration 5\n" + " " * 40,
        "WEBVTT\n\n00:00.000 --> 00:10.000\n<img src=file:///etc/passwd>\n" + " " * 40,
        "[Script Info]\nTitle: file:///etc/passwd\n" + " " * 40,
        "v=0\no=- 0 0 IN IP4 127.0.0.1\nm=video 1234 RTP/AVP 96\n" + " " * 40,
    ],
    ids=["hls", "concat", "webvtt", "ass", "sdp"],
)
async def test_F07_a_list_of_other_files_is_refused(tmp_path, text):
    data = text.encode()

    assert recognise(data) is None
    # Nor does it help to begin like a film: its format is said to ffmpeg, never guessed.
    for format in ("mov", "matroska", "mp3", "ogg", "wav", "flac"):
        (tmp_path / "in").write_bytes(data)
        with pytest.raises(InvalidInput):
            await make(tmp_path, "film", format)


@needs_ffmpeg
async def test_F07_a_film_that_names_another_file_does_not_bring_it(tmp_path):
    data = film("-c:v", "libx264", "-pix_fmt", "yuv420p", suffix="mov")
    at = data.find(b"dref")
    assert at > 0
    outside = b"alis" + b"\0\0\0\0" + b"/etc/passwd\0"
    entry = data.find(b"url ", at)
    broken = data[:entry] + outside[:4] + data[entry + 4 : entry + 4] + data[entry + 4 :]

    try:
        _, served = await made_of(tmp_path, broken, "film")
    except InvalidInput:
        return
    assert b"root:" not in served


@needs_ffmpeg
async def test_F08_a_film_beyond_the_limits_is_refused(tmp_path, monkeypatch):
    streams = []
    for _ in range(12):
        streams += ["-map", "1"]
    many = film("-map", "0", *streams, "-c:v", "mpeg4", suffix="mkv")
    fast = film("-c:v", "mpeg4", "-vf", "setpts=N/1000/TB", "-r", "1000", suffix="mp4", lasts=0.2)
    long = film(
        "-c:v", "mpeg4", "-vf", "setpts=PTS*36000", "-vsync", "passthrough", "-an", suffix="mkv"
    )

    for data in (many, fast, long):
        with pytest.raises(InvalidInput, match="streams|frames a second|seconds"):
            await made_of(tmp_path, data, "film")


@needs_ffmpeg
async def test_F08_a_film_of_no_length_is_refused(tmp_path):
    data = film("-c:v", "mpeg4", "-an", lasts=0.1, suffix="mp4")
    empty = data.replace(b"mdat", b"free")

    with pytest.raises(InvalidInput):
        await made_of(tmp_path, empty, "film")


@needs_ffmpeg
async def test_a_turned_film_is_shown_upright(tmp_path):
    data = film("-c:v", "libx264", "-pix_fmt", "yuv420p")
    turned = pictures.turned(data, tmp_path)

    made, _ = await made_of(tmp_path, turned, "film")

    assert (made.width, made.height) == (96, 128)
    assert opened((tmp_path / "preview").read_bytes()).size == (96, 128)
