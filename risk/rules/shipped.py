"""The shipped rules: TOML files read strictly; a slip in one is an error naming file and rule, never a rule that is not there."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings

from ledger.lines import lines
from risk.detectors.base import TRANSACTIONS
from risk.rules.entries import Entry, Refused, check, entry_of

FOLDER = Path(__file__).parent / "catalogue"
COMMON = "common"
# What a shipped rule leaves to the installation, named in place of a value.
OF_THE_CITY = ("HOME_REGIONS", "HOME_PLATES")


class CatalogueError(Exception):
    """A shipped rule that cannot be used; the message names file, rule and part."""


def read(folder: Path = FOLDER) -> list[Entry]:
    """Every shipped rule, checked. Raises CatalogueError."""
    entries: list[Entry] = []
    for path in sorted(folder.glob("*.toml")):
        if path.stem not in lines() and path.stem != COMMON:
            raise CatalogueError(f"{path.name}: there is no business line {path.stem!r}; name the file after a line, or {COMMON}.toml")
        try:
            content = tomllib.loads(path.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise CatalogueError(f"{path.name}: not TOML: {error}") from error
        if set(content) != {"rule"} or not isinstance(content["rule"], list):
            raise CatalogueError(f"{path.name}: only [[rule]] entries belong here")
        entries += [_entry(path, raw) for raw in content["rule"]]
    codes = [entry.code for entry in entries]
    for code in codes:
        if codes.count(code) > 1:
            raise CatalogueError(f"{code}: stands in the catalogue twice")
    return entries


def _entry(path: Path, raw: Mapping[str, Any]) -> Entry:
    """`lines` not stated: the line of the file, unless its rules are common or about records, which have none."""
    place = f"{path.name}: {raw.get('code', 'a rule without code')}"
    if "line" in raw:
        raise CatalogueError(f"{place}: unknown key 'line'; it is that of the file")
    default_lines = [] if path.stem == COMMON or raw.get("frame", TRANSACTIONS) != TRANSACTIONS else [path.stem]
    try:
        entry = entry_of({"lines": default_lines, **_settled(raw), "line": path.stem})
        check(entry)
    except Refused as error:
        raise CatalogueError(f"{place}: {error}") from error
    return entry


def _settled(part: Any) -> Any:
    """An entry, or a part of one, with the city of this installation where the catalogue names a setting of it."""
    if isinstance(part, Mapping):
        return {name: _settled(value) for name, value in part.items()}
    if isinstance(part, list):
        return [_settled(value) for value in part]
    return list(getattr(settings, part)) if part in OF_THE_CITY else part
