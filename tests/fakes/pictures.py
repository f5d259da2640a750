"""Files that a fake remote serves: real pictures, and what only says that it is one.

    url = serve_picture(remote, "/1.png")                    # PNG of 64 x 48, no two colours alike
    url = serve_picture(remote, "/1.gif", format="GIF", frames=3)
"""

from __future__ import annotations

import io

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from fakes.server import Server

SECRET = "Mme Dupont, 12/03/1950"
MP4 = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + bytes(range(256)) * 20
SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>'
HTML = b"<!doctype html><title>x</title><script>alert(1)</script>"


def picture_bytes(size=(64, 48), *, format="PNG", frames=1) -> bytes:
    """Make a picture, which says in its metadata what nobody should read."""
    images = [_image(size, shift=number * 40) for number in range(frames)]
    more = {}
    if format == "PNG":
        more["pnginfo"] = PngInfo()
        more["pnginfo"].add_text("Comment", SECRET)
    if format == "JPEG":
        exif = images[0].getexif()
        exif[0x010E] = SECRET
        more["exif"] = exif
    if frames > 1:
        more |= {"save_all": True, "append_images": images[1:], "duration": 100, "loop": 0}
    into = io.BytesIO()
    images[0].save(into, format, **more)
    return into.getvalue()


def _image(size, *, shift):
    across, down = Image.linear_gradient("L").resize(size), Image.radial_gradient("L").resize(size)
    return Image.merge("RGB", [across.point(lambda v: (v + shift) % 256), down, across])


def serve_picture(remote: Server, path="/1.png", *, headers=None, **shape) -> str:
    """Serve a picture under a path; return its address."""
    kind = f"image/{shape.get('format', 'PNG').lower()}"
    body = picture_bytes(**shape)
    remote.script(path, body=body, content_type=kind, headers=headers or {})
    return f"{remote.base_url}{path}"
