"""Prints the input shapes of fediverse-pasture-inputs as JSON: by title, what each puts in a Note.

It is installed without what it depends on: of that, only a name in an annotation is used.
"""

from __future__ import annotations

import json
import sys
from types import ModuleType

for name in ("fediverse_pasture", "fediverse_pasture.runner", "fediverse_pasture.runner.entry"):
    sys.modules[name] = ModuleType(name)
sys.modules["fediverse_pasture.runner.entry"].Entry = object

from fediverse_pasture_inputs import available  # noqa: E402

print(json.dumps({title: data.examples for title, data in available.items()}))
