"""Files before they are taken, as the page shows them."""

from collections.abc import Iterable
from typing import Any

from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from ledger.intake import uploads
from ledger.intake.models import Upload
from ledger.intake.reading.kinds import KINDS
from oversight.center.presenters.times import short_time
from oversight.intake import labels
from oversight.viewer import Viewer

State = Upload.State


def upload_row(upload: Upload, viewer: Viewer, opened: int | None) -> dict[str, Any]:
    """One line of the list; see templates/intake/_upload_row.html."""
    seen = upload.preview
    state, label, mark = _state(upload)
    return {
        "id": upload.pk,
        "name": upload.name,
        "size": labels.size_text(upload.size),
        "kind": labels.kind_label(upload.kind) if upload.kind else "",
        "encoding": labels.encoding_label(seen.get("encoding", "")),
        "sheet": upload.sheet,
        "columns": _columns_text(seen.get("columns", [])),
        "rows": labels.rows_text(seen.get("expected_rows")),
        "source": upload.source,
        "backfill": upload.backfill,
        "by": "" if upload.uploaded_by_id == viewer.user.pk else str(upload.uploaded_by),
        "at": short_time(upload.uploaded_at),
        "state": state,
        "state_label": label,
        "mark": mark,
        "result": labels.counts_text(upload.trial["counts"]) if upload.state == State.TRIED and upload.trial else "",
        "problem": _short_problem(upload),
        "ready": not uploads.barrier(upload),
        "own": uploads.may_take(upload, viewer.user, viewer.roles),
        "tries": upload.state != State.TRYING and not uploads.barrier(upload),
        "open": upload.pk == opened,
        "url": reverse("intake:upload") + ("" if upload.pk == opened else f"?open={upload.pk}") + f"#upload-{upload.pk}",
        "active": active_key(upload),
        "more_sheets": sum(not sheet["hidden"] for sheet in seen.get("sheets", [])) - 1,
    }


def active_key(upload: Upload) -> str:
    """l7 while file 7 is being looked at, t7 while it is being tried, else empty: what a page still waits for."""
    if not uploads.is_looked_at(upload):
        return "" if uploads.given_up(upload.preview) else f"l{upload.pk}"
    return f"t{upload.pk}" if upload.state == State.TRYING and not uploads.given_up(upload.trial) else ""


def _state(upload: Upload) -> tuple[str, str, str]:
    """(code, words, mark)"""
    if not uploads.is_looked_at(upload):
        if uploads.given_up(upload.preview):
            return "problem", _("could not be looked at; drop it and send it again"), "dismissed"
        return "looking", _("being looked at"), "acknowledged"
    if upload.problem:
        return "problem", _("cannot be taken"), "dismissed"
    if not upload.kind:
        return "question", _("say what it holds"), "recurred"
    if upload.state == State.TRYING:
        if uploads.given_up(upload.trial):
            return "ready", _("the trial broke off; ask again"), "suspended"
        rows = upload.trial.get("rows", 0)
        return (
            "trying",
            _("being tried, %(rows)s rows so far") % {"rows": labels.grouped(rows)} if rows else _("being tried"),
            "investigating",
        )
    return ("tried", _("tried"), "dispatched") if upload.state == State.TRIED else ("ready", _("ready"), "pending")


def _short_problem(upload: Upload) -> str:
    """What is wrong in few words; the opened line has the whole sentence."""
    name = "column" if (get_language() or "").startswith("en") else "chinese"
    missing = [column[name] for column in upload.preview.get("missing", [])]
    return _("lacks %(columns)s") % {"columns": _(", ").join(missing)} if upload.problem and missing else upload.problem


def _columns_text(columns: list[dict[str, str]]) -> str:
    counted = {use: sum(column["use"] == use for column in columns) for use in ("column", "attribute", "ignored")}
    texts = (
        ("column", ngettext("%(number)d column", "%(number)d columns", counted["column"])),
        ("attribute", ngettext("%(number)d attribute", "%(number)d attributes", counted["attribute"])),
        ("ignored", ngettext("%(number)d ignored", "%(number)d ignored", counted["ignored"])),
    )
    return _(", ").join(text % {"number": counted[use]} for use, text in texts if counted[use])


def panel(upload: Upload, viewer: Viewer, typed: dict[str, Any] | None = None) -> dict[str, Any]:
    """What opens below a line: the form, the columns, the first rows and the trial; see templates/intake/_upload_panel.html.

    `typed`: {kind, sheet, source, backfill, error} that could not be written.
    """
    seen = upload.preview
    used = [column for column in seen.get("columns", []) if column["use"] != "ignored"]
    given = {"kind": upload.kind, "sheet": upload.sheet, "source": upload.source, "backfill": upload.backfill}
    sheets = [sheet for sheet in seen.get("sheets", []) if not sheet["hidden"]]
    return {
        "id": upload.pk,
        "name": upload.name,
        "sha256": upload.sha256,
        "looked": uploads.is_looked_at(upload),
        "problem": upload.problem,
        "own": uploads.may_take(upload, viewer.user, viewer.roles),
        "by": str(upload.uploaded_by),
        "form": given | (typed or {}),
        "kinds": [(code, labels.kind_label(code)) for code in KINDS],
        "sheets": [{"name": sheet["name"], "kind": labels.kind_label(sheet["kind"]) if sheet["kind"] else ""} for sheet in sheets],
        "other_sheets": _other_sheets(upload, sheets),
        "columns": seen.get("columns", []),
        "missing": seen.get("missing", []),
        "heads": [column["received"] for column in used],
        "rows": [_sample(row, len(used)) for row in seen.get("rows", [])],
        "trial": trial(upload),
    }


def _sample(row: dict[str, Any], width: int) -> dict[str, Any]:
    fault = labels.told_reason(row["fault"]) if row["fault"] else ""
    return {"row": row["row"], "cells": row["cells"], "fault": fault, "empty": width if not row["cells"] else 0}


def _other_sheets(upload: Upload, sheets: Iterable[dict[str, Any]]) -> list[dict[str, str]]:
    """The sheets of the workbook that are not in the list yet."""
    there = Upload.objects.filter(sha256=upload.sha256, uploaded_by=upload.uploaded_by_id, state__in=uploads.OPEN)
    listed = set(there.values_list("sheet", flat=True))
    return [
        {"name": sheet["name"], "kind": labels.kind_label(sheet["kind"]) if sheet["kind"] else ""}
        for sheet in sheets
        if sheet["name"] not in listed
    ]


def trial(upload: Upload) -> dict[str, Any]:
    """What a dry run found, in words; see templates/intake/_trial.html."""
    base = {"id": upload.pk, "trying": upload.state == State.TRYING and not uploads.given_up(upload.trial), "done": False}
    if upload.state != State.TRIED or not upload.trial:
        return base | {"rows": labels.grouped(upload.trial.get("rows", 0))}
    found = upload.trial
    names = ("received", "accepted", "revised", "duplicate", "again", "rejected", "waiting")
    return base | {
        "done": True,
        "counts": {name: labels.grouped(found["counts"][name]) for name in names},
        "reasons": [
            {"text": labels.told_reason(told), "count": labels.grouped(told["count"]), "row": labels.grouped(told["row"])}
            for told in found["reasons"]
        ],
        "truncated_after": labels.grouped(found["truncated_after"]) if found["truncated_after"] else "",
        "assumed": _(", ").join(found["assumed"]),
        "seconds": found["seconds"],
        "rate": labels.grouped(found["rate"]),
    }
