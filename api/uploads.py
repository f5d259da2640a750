"""Files that a client sends with a form, and how what cannot be taken is answered."""

from __future__ import annotations

from collections.abc import Callable

from quart import Request

from api.errors import ApiError
from core.errors import InvalidDocument, TooLarge
from core.settings import Settings
from media.forms import ReadForm, Taken, TooSlow, read_form_with_files

# The parts that may be files; of some only pictures come.
_TAKEN = Taken(files=("file",), pictures=("thumbnail", "avatar", "header"))


async def read_upload(
    request: Request, settings: Settings, *, count: Callable[[], object]
) -> ReadForm:
    """Read a multipart form; `count` is called once when it brings a file, and may refuse.

    Raises ApiError 413 for what is larger than the limits, 408 or 400 for what cannot be read,
    and as `read_form_with_files`.
    """
    try:
        return await read_form_with_files(request, settings, _TAKEN, count=count)
    except TooLarge as error:
        raise ApiError(413, str(error)) from error
    except TooSlow as error:
        raise ApiError(408, str(error)) from error
    except InvalidDocument as error:
        raise ApiError(400, str(error)) from error
