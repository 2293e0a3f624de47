"""What a file is taken for before somebody says so: its kind by name and columns, its source by what came under such a name before."""

import re
import unicodedata
from collections.abc import Sequence

from ledger.intake.reading.headers import match_header
from ledger.intake.reading.kinds import KINDS, Kind
from ledger.journal.models import Delivery

MANUAL = "manual"
LOOKED_BACK = 500


def kind_by_name(name: str) -> Kind | None:
    """The kind whose English or Chinese name is the file's, else stands in it as a word of its own; the longest where several do."""
    stem = unicodedata.normalize("NFKC", name).rpartition(".")[0].lower() or name.lower()
    words = {kind.code: kind for kind in KINDS.values()} | {kind.chinese: kind for kind in KINDS.values()}
    if stem in words:
        return words[stem]
    found = [word for word in words if _stands_in(word, stem)]
    return words[max(found, key=len)] if found else None


def _stands_in(word: str, stem: str) -> bool:
    if not word.isascii():
        return word in stem
    return re.search(rf"(?<![a-z]){re.escape(word)}(?![a-z])", stem) is not None


def guess_kind(name: str, header: Sequence[str]) -> Kind | None:
    """The kind the name says, unless all columns are there for another that knows more of them.

    Without a name that tells, the kind that knows at least half of the columns, one whose required ones are all there before others.
    None: neither tells.
    """
    named = kind_by_name(name)
    known = {kind.code: _known(kind, header) for kind in KINDS.values()}
    fitting = [kind for kind in KINDS.values() if _fits(kind, header)]
    if named is not None:
        better = [kind for kind in fitting if known[kind.code] > known[named.code]]
        return named if named in fitting or not better else max(better, key=lambda kind: known[kind.code])
    half = [kind for kind in KINDS.values() if known[kind.code] * 2 >= len(header) > 0]
    return max(half, key=lambda kind: (kind in fitting, known[kind.code]), default=None)


def _known(kind: Kind, header: Sequence[str]) -> int:
    return sum(not placed.attribute for placed in match_header(kind, header).placed)


def _fits(kind: Kind, header: Sequence[str]) -> bool:
    matched = match_header(kind, header)
    return not matched.missing and not matched.repeated


def guess_source(name: str) -> str:
    """The source under which the last file of such a name came, digits (of dates) aside; else the one of files brought by hand."""
    wanted = _skeleton(name)
    recent = Delivery.objects.exclude(name="").order_by("-id").values_list("name", "source")[:LOOKED_BACK]
    return next((source for known, source in recent if _skeleton(known) == wanted), MANUAL)


def _skeleton(name: str) -> str:
    return re.sub(r"\d+", "#", name.lower())
