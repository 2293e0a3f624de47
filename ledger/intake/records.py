"""The body of a call into records: JSON, one object or a list of them."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NoReturn

from django.utils.translation import gettext as _

from ledger.kit.errors import BadInput, TooLarge

MOST_RECORDS = 5000
MOST_VALUES, MOST_NAMES = 300_000, 1000


class Repeating(dict[str, Any]):
    """An object in which a name stands twice: `column`. Which of the two was meant nobody knows."""

    column = ""


def read_records(body: bytes, most: int = MOST_RECORDS) -> list[Any]:
    """The records of a call, attributes of a nested `attrs` under `attrs.<name>`; decimals keep their digits.

    A member of the list that is no object stays as it is. Raises BadInput for what is neither an object nor a list in JSON, TooLarge for
    more than `most`, or more than MOST_VALUES or MOST_NAMES in all of them: what a call costs grows with those, not with its bytes.
    """
    try:
        found = json.loads(body.decode("utf-8-sig"), parse_float=Decimal, parse_constant=_no_number, object_pairs_hook=_object)
    except UnicodeDecodeError as error:
        raise BadInput(_("The body is not UTF-8.")) from error
    except json.JSONDecodeError as error:
        raise BadInput(
            _("The body is not JSON (line %(line)s, column %(column)s).") % {"line": error.lineno, "column": error.colno}
        ) from error
    except (ValueError, RecursionError, ArithmeticError) as error:
        raise BadInput(_("The body holds a number that is too long, or is nested too deeply.")) from error
    if not isinstance(found, dict | list):
        raise BadInput(_("The body is neither a record nor a list of records."))
    records = found if isinstance(found, list) else [found]
    if not records:
        raise BadInput(_("The list holds no record."))
    if len(records) > most:
        raise TooLarge(_("The list holds %(found)s records; at most %(limit)s a call.") % {"found": len(records), "limit": most})
    unnested = [_unnested(record) for record in records]
    _measure([record for record in unnested if isinstance(record, dict)])
    return unnested


def _measure(records: list[dict[str, Any]]) -> None:
    values = sum(len(record) for record in records)
    if values > MOST_VALUES:
        message = _("The records hold %(found)s values; at most %(limit)s a call: send fewer records at once.")
        raise TooLarge(message % {"found": values, "limit": MOST_VALUES})
    names = len(set().union(*records))
    if names > MOST_NAMES:
        message = _("The records use %(found)s different names; at most %(limit)s a call: names are columns, not data.")
        raise TooLarge(message % {"found": names, "limit": MOST_NAMES})


def _no_number(text: str) -> NoReturn:
    raise ValueError(text)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    return found if len(found) == len(pairs) else _repeating(pairs)


def _repeating(pairs: list[tuple[str, Any]]) -> Repeating:
    found, seen = Repeating(pairs), set()
    for name, _value in pairs:
        if name in seen:
            found.column = name
            break
        seen.add(name)
    return found


def _unnested(record: Any) -> Any:
    if isinstance(record, Repeating) or not isinstance(record, dict) or not isinstance(record.get("attrs"), Mapping):
        return record
    nested = record["attrs"]
    pairs = [(name, value) for name, value in record.items() if name != "attrs"]
    unnested = _object([*pairs, *((f"attrs.{name}", value) for name, value in nested.items())])
    if isinstance(nested, Repeating):
        unnested = Repeating(unnested)
        unnested.column = nested.column
    return unnested
