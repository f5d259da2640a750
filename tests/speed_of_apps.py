"""What the apps of a run share, each test having its own: templates, addresses, catalogues."""

from __future__ import annotations

from functools import cache, partial
from pathlib import Path
from types import CodeType
from typing import Any

from jinja2 import BytecodeCache, Environment
from jinja2.bccache import Bucket
from pydantic._internal import _fields
from werkzeug.routing import Rule

from core import i18n
from web import assets

# What becomes of the text of a route.
PARSED = ("_parts", "_trace", "_converters")


def share_what_apps_are_made_of() -> None:
    """Change what apps do again and again, and nothing of what they do."""
    compile_templates_once()
    parse_addresses_once()
    read_catalogues_once()
    look_at_factories_once()
    pack_files_once()


def compile_templates_once() -> None:
    """Let all apps have one store of compiled templates.

    Jinja's own way to keep them between processes, in memory.
    """
    kept: dict[tuple[str, str], CodeType | None] = {}

    class Kept(BytecodeCache):
        def load_bytecode(self, bucket: Bucket) -> None:
            bucket.code = kept.get((bucket.key, bucket.checksum))

        def dump_bytecode(self, bucket: Bucket) -> None:
            kept[bucket.key, bucket.checksum] = bucket.code

    make = Environment.__init__

    def make_with_store(environment: Environment, *arguments: Any, **options: Any) -> None:
        make(environment, *arguments, **options)
        environment.bytecode_cache = environment.bytecode_cache or Kept()

    Environment.__init__ = make_with_store


def parse_addresses_once() -> None:
    """Read the text of a route once, and make what writes its address when one is written.

    An app has 200 routes and hardly ever writes an address: that was half the time of making one.
    """
    known: dict[tuple[object, ...], dict[str, Any]] = {}
    parse, make_builder = Rule.compile, Rule._compile_builder

    def compile_from_memory(rule: Rule) -> None:
        key = (rule.rule, rule.subdomain, rule.host, rule.merge_slashes, rule.map.host_matching)
        if key not in known:
            parse(rule)
            known[key] = {name: getattr(rule, name) for name in PARSED}
        vars(rule).update(known[key])
        rule.arguments.update(rule._converters)
        rule._build = partial(write_address, rule, "_build", False)
        rule._build_unknown = partial(write_address, rule, "_build_unknown", True)

    def write_address(rule: Rule, name: str, takes_more: bool, /, **values: Any) -> Any:
        builder = make_builder(rule, takes_more).__get__(rule, None)
        setattr(rule, name, builder)
        return builder(**values)

    Rule.compile = compile_from_memory
    # Parsing makes both at once; what it makes is thrown away.
    Rule._compile_builder = lambda rule, append_unknown=True: lambda rule, **values: None


def read_catalogues_once() -> None:
    """Let all apps speak from the same catalogues, as long as their files stay as they are."""
    read = i18n._read

    @cache
    def read_version(folder: Path, code: str, _changed: int) -> Any:
        return read(folder, code)

    def read_once(folder: Path, code: str) -> Any:
        path = folder / code / "LC_MESSAGES" / f"{i18n.DOMAIN}.mo"
        if not path.exists():
            return read(folder, code)
        return read_version(folder, code, path.stat().st_mtime_ns)

    i18n._read = read_once


def look_at_factories_once() -> None:
    """Remember which default factories of fields take an argument: each new row asked again."""
    _fields.takes_validated_data_argument = cache(_fields.takes_validated_data_argument)


def pack_files_once() -> None:
    """Compress and fingerprint a file of the pages once, as long as its bytes stay the same."""
    assets._asset = cache(assets._asset)
