"""A DuckDB connection that knows the live files of the columnar copy, the rosters and the openings of units."""

import tempfile
from collections.abc import Sequence
from datetime import date, datetime

import duckdb
import pandas as pd
import pyarrow as pa

from ledger.columns import encode
from ledger.columns.files import root
from ledger.columns.models import ColumnFile
from ledger.kit.days import SHANGHAI
from ledger.lines import lines as known_lines
from ledger.roster import hours
from ledger.roster.models import Agency, Posting, Staff, Unit
from risk import frames
from risk.frames.ledger_frames import DAYS_AFTER, DAYS_BEFORE, STILL_HELD

NOTHING = {"text": "''", "key": "0::BIGINT", "whole": "0", "number": "NULL::DOUBLE", "moment": "NULL::TIMESTAMP", "flag": "FALSE"}


def kind_of(column: str) -> str:
    """What a column of the copy holds: text ("" unknown), key or whole (0 unknown), number or moment (NULL unknown), flag."""
    if column.startswith("attr."):
        kind = encode.attribute_kinds().get(column.removeprefix("attr."), "text")
        return {"number": "number", "time": "moment", "digest": "key", "personal": "key"}.get(kind, "text")
    if column in encode.TEXT or column in encode.PREFIXES:
        return "text"
    if column in encode.HASHED or column in ("id", "tie", "related"):
        return "key"
    if column in encode.MOMENTS:
        return "moment"
    return {"amount": "number", "points": "number", "marked": "flag", "respelled": "flag", "altered": "flag"}.get(column, "whole")


class Store:
    """Every row must stand in one file only, as in a copy just rebuilt: the newest of several words about a row is not looked for here."""

    def __init__(self, *, first_day: date, last_day: date, as_of: datetime, threads: int, memory: str, tables: bool = False) -> None:
        """`tables`: the lines are loaded into DuckDB's own tables first, once, instead of being read by every statement."""
        self.connection = duckdb.connect()
        # Without a word about it DuckDB would spill into the folder it is started in.
        self._spill = tempfile.TemporaryDirectory(prefix="mingjing-duckdb-")
        self.connection.execute(f"SET temp_directory = '{self._spill.name}'")
        self.connection.execute(f"SET threads = {threads}; SET memory_limit = '{memory}'; SET preserve_insertion_order = false")
        self._tables = tables
        self._columns: dict[str, set[str]] = {}
        self.as_of(as_of.astimezone(SHANGHAI).replace(tzinfo=None))
        self._rosters(first_day, last_day)

    def as_of(self, moment: datetime) -> None:
        """Let a moment on the Shanghai clock count as now."""
        self.now = f"TIMESTAMP '{moment:%Y-%m-%d %H:%M:%S.%f}'"
        self.today = (moment.date() - date(1970, 1, 1)).days

    def rows(self, lines: Sequence[str]) -> str:
        """The name of all transactions of some lines (none: of all)."""
        return self._source("transactions", lines)

    def steps(self, lines: Sequence[str]) -> str:
        return self._source("steps", lines)

    def has(self, lines: Sequence[str], column: str) -> bool:
        return column in self._columns[self.rows(lines)]

    def _source(self, frame: str, lines: Sequence[str]) -> str:
        chosen = sorted(lines or known_lines())
        name = "_".join([frame, *chosen]) if lines else f"{frame}_all"
        if name in self._columns:
            return name
        if self._tables and len(chosen) > 1:
            body = " UNION ALL BY NAME ".join(f"SELECT * FROM {self._source(frame, [line])}" for line in chosen)
            self.connection.execute(f"CREATE VIEW {name} AS {body}")
        else:
            listed = ColumnFile.objects.filter(frame=frame, line__in=chosen).order_by("line", "month", "id")
            paths = [str(root() / path) for path in listed.values_list("path", flat=True)]
            what = "TABLE" if self._tables else "VIEW"
            files = ", ".join(f"'{path}'" for path in paths)
            body = f"SELECT * EXCLUDE (gone) FROM read_parquet([{files}], union_by_name = true) WHERE NOT gone"
            self.connection.execute(f"CREATE {what} {name} AS {body}")
        self._columns[name] = {row[0] for row in self.connection.execute(f"DESCRIBE {name}").fetchall()}
        return name

    def _rosters(self, first_day: date, last_day: date) -> None:
        units = list(Unit.objects.values_list("code", flat=True))
        begin, end = _around(first_day, last_day)
        openings = hours.openings(unit_codes=units, lines=tuple(known_lines()), first_day=begin, last_day=end)
        day = [(row[2] - date(1970, 1, 1)).days for row in openings]
        tables = {
            "staff": (list(Staff.objects.values_list("staff_no", "kind", "unit_code", "responsible_no")), "staff kind unit responsible"),
            "agencies": (list(Agency.objects.values_list("code", "kind", "unit_code")), "agency kind unit"),
            "units": (list(Unit.objects.values_list("code", "kind")), "unit kind"),
            "postings": (
                [(*row[:2], *_held(*row[2:])) for row in Posting.objects.values_list("staff_no", "post_code", "start_date", "end_date")],
                "staff post start_day end_day",
            ),
            "openings": (
                [(row[0], row[1], number, row[3], row[4]) for row, number in zip(openings, day, strict=True)],
                "unit line day opens closes",
            ),
        }
        for name, (rows, columns) in tables.items():
            self.fill(name, pa.Table.from_pandas(pd.DataFrame(rows, columns=columns.split())))
        columns = ("subject_kind", "subject_code", "start", "end")
        held = frames.load({"holds": columns}, lines=(), first_day=first_day, last_day=last_day)["holds"]
        self.fill("holds", pa.Table.from_pandas(held.astype({"subject_kind": "str", "subject_code": "str"})))
        self.derive()

    def fill(self, name: str, table: pa.Table) -> None:
        self.connection.register("given", table)
        self.connection.execute(f"CREATE OR REPLACE TABLE {name} AS SELECT * FROM given")
        self.connection.unregister("given")

    def derive(self) -> None:
        """Small tables made of the rosters and openings."""
        # Open days counted up to every day: two look-ups tell how many lie between.
        self.connection.execute(
            """CREATE OR REPLACE TABLE open_days AS
               WITH days AS (SELECT DISTINCT unit, line, day FROM openings),
                    every AS (SELECT unit, line, unnest(range(lowest, highest + 1)) AS day
                              FROM (SELECT DISTINCT unit, line FROM days), (SELECT min(day) AS lowest, max(day) AS highest FROM days))
               SELECT unit, line, day, count(days.day) OVER (PARTITION BY unit, line ORDER BY day) AS so_far
               FROM every LEFT JOIN days USING (unit, line, day)"""
        )
        self.connection.execute("CREATE OR REPLACE TABLE last_posting AS SELECT staff, max(end_day) AS last FROM postings GROUP BY staff")
        self.connection.execute("CREATE OR REPLACE TABLE strength AS SELECT unit, count(*) AS people FROM staff GROUP BY unit")
        self.connection.execute("CREATE OR REPLACE TABLE open_places AS SELECT DISTINCT unit, line FROM openings")


def _around(first_day: date, last_day: date) -> tuple[date, date]:
    return date.fromordinal(first_day.toordinal() - DAYS_BEFORE), date.fromordinal(last_day.toordinal() + DAYS_AFTER)


def _held(start: date, end: date | None) -> tuple[int, int]:
    epoch = date(1970, 1, 1)
    return (start - epoch).days, (end - epoch).days if end else int(STILL_HELD)
