"""Reading the columnar copy for a page: what is not in it yet is not waited for, and a damaged copy is told instead of failing."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import pandas as pd
from django.utils.translation import gettext as _

from ledger.columns.reader import read
from ledger.kit.errors import MingjingError


class CopyDamaged(MingjingError):
    """A file of the columnar copy is missing; nothing can be told of the history until it is rebuilt."""

    code = "copy_damaged"
    status = 503


def copied(
    columns: Iterable[str], *, first_day: date, last_day: date, where: Mapping[str, Iterable[Any]], lines: Sequence[str] = ()
) -> pd.DataFrame:
    """Rows of transactions as ledger.columns.reader.read gives them. Raises CopyDamaged."""
    try:
        return read("transactions", columns=columns, lines=lines, first_day=first_day, last_day=last_day, only=where, seldom=True)
    except FileNotFoundError as missing:
        raise CopyDamaged(_("The columnar copy lacks a file; a system admin rebuilds it (docs/operations.md).")) from missing
