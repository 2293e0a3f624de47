"""What a kind of document (文书) is: its form, its number, and the fields that stand on it, by the names the force gives them."""

from dataclasses import dataclass
from enum import Enum

from django.utils.functional import Promise


class Shape(Enum):
    """What a field holds: a line, paragraphs, a list of lines, or a list of rows with named columns."""

    LINE = "line"
    TEXT = "text"
    LIST = "list"
    TABLE = "table"


class Part(Enum):
    """Where on a document under a red head a field stands. An internal form is a table of all its fields, in their order."""

    TO = "to"  # 主送
    BODY = "body"
    ANNEX = "annex"  # 附件说明, before the signature
    NOTE = "note"  # 附注, in brackets after the date: contact, who examined
    COPY = "copy"  # 版记: copies, circulation
    RECEIPT = "receipt"  # 送达回证, on a page of its own
    KEPT = "kept"  # kept with the document, and at hand in templates, but not on the shipped one


@dataclass(frozen=True)
class Field:
    """One field. `name` is its placeholder in templates, `label` what is printed before it, the name if empty.

    `widths` of the columns are in eighths of the table. `clear`: long numbers in it stand in full, since the form asks for them;
    of a table those of `clear_columns`. `by_hand`: with room to be written in on paper.
    """

    name: str
    shape: Shape = Shape.LINE
    part: Part = Part.BODY
    label: str = ""
    columns: tuple[str, ...] = ()
    widths: tuple[int, ...] = ()
    clear: bool = False
    clear_columns: tuple[str, ...] = ()
    by_hand: bool = False

    @property
    def title(self) -> str:
        return self.label or self.name


@dataclass(frozen=True)
class DocumentKind:
    """One kind of document.

    `paper` is its title on paper, which is Chinese whatever the reader's language; `title` the same in menus and lists.
    `word` stands before 〔year〕 in its number; a kind without one is not numbered. `official`: laid out after GB/T 9704-2012 under a red
    head; the others are internal forms. `foot` is printed at the foot of every page. `receipt`: a 送达回证 is appended.
    """

    code: str
    title: Promise
    paper: str
    word: str
    fields: tuple[Field, ...]
    official: bool = False
    opening: str = ""
    closing: tuple[str, ...] = ()
    foot: str = ""
    receipt: bool = False

    def of_part(self, *parts: Part) -> tuple[Field, ...]:
        return tuple(field for field in self.fields if field.part in parts)

    def field(self, name: str) -> Field | None:
        return next((field for field in self.fields if field.name == name), None)


# What every document has without its source: known once it is made. All but the first and 事项编号 a source may give instead.
NUMBER, ISSUER, DATED, MATTER, TITLE = "文号", "发文机关", "成文日期", "事项编号", "标题"
SYSTEM = (NUMBER, ISSUER, DATED, MATTER, TITLE)
ORDINALS = "序"  # 序.事实 is 一, 二 … counting the fields of the body that are filled in
