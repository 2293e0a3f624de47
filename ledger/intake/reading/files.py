"""Which of the given paths is a file of which kind, in the order in which they depend on each other."""

from collections.abc import Sequence
from pathlib import Path

from django.utils.translation import gettext as _

from ledger.intake.reading.kinds import KINDS, Kind
from ledger.kit.errors import BadInput, Unreadable

SUFFIXES = (".csv", ".xlsx")
TABLE_SUFFIXES = (*SUFFIXES, ".xls")


def plan_files(paths: Sequence[Path], kind: str | None) -> list[tuple[Kind, Path]]:
    """(kind, file) in dependency order. In a folder, files named after no kind are left alone.

    Raises Unreadable for a path that is not there or a folder without a file of ours, BadInput where the kind cannot be told
    or a folder holds two files of one kind.
    """
    if kind is not None and kind not in KINDS:
        raise BadInput(_("There is no kind “%(kind)s”; it is one of: %(kinds)s.") % {"kind": kind, "kinds": ", ".join(KINDS)})
    found: list[tuple[Kind, Path]] = []
    for path in paths:
        if path.is_dir():
            found += _in_folder(path, kind)
        elif path.exists():
            found.append((_kind_of_file(path, kind), path))
        else:
            raise Unreadable(_("%(path)s: there is no such file or folder.") % {"path": path})
    order = list(KINDS)
    return sorted(found, key=lambda item: order.index(item[0].code))


def left_alone(paths: Sequence[Path]) -> list[Path]:
    """Tables in the given folders that are not read, because they are named after no kind or are neither CSV nor XLSX."""
    tables = (path for folder in paths if folder.is_dir() for path in sorted(folder.iterdir()) if path.suffix.lower() in TABLE_SUFFIXES)
    return [path for path in tables if path.suffix.lower() not in SUFFIXES or path.stem.lower() not in KINDS]


def _in_folder(folder: Path, kind: str | None) -> list[tuple[Kind, Path]]:
    named = [
        (KINDS[path.stem.lower()], path)
        for path in sorted(folder.iterdir())
        if path.suffix.lower() in SUFFIXES and path.stem.lower() in KINDS
    ]
    found = [(known, path) for known, path in named if kind in (None, known.code)]
    if not found:
        raise Unreadable(
            _("%(path)s holds no file named after a kind, such as transactions.csv or transactions.xlsx; the kinds are: %(kinds)s.")
            % {"path": folder, "kinds": ", ".join(KINDS)}
        )
    files = {known.code: path.name for known, path in found}
    for known, path in found:
        if files[known.code] != path.name:
            message = _("%(path)s holds %(kind)s twice, as %(first)s and as %(second)s; keep one of them.")
            raise BadInput(message % {"path": folder, "kind": known.code, "first": path.name, "second": files[known.code]})
    return found


def _kind_of_file(path: Path, kind: str | None) -> Kind:
    named = kind or path.stem.lower()
    by_chinese = {known.chinese: known for known in KINDS.values()}
    known = KINDS.get(named) or by_chinese.get(named)
    if known is None:
        raise BadInput(
            _("%(name)s is named after no kind; say which it is with --kind: %(kinds)s.") % {"name": path.name, "kinds": ", ".join(KINDS)}
        )
    return known
