"""The Word templates that are shipped, one file a kind, and how they are made from the kinds:

    python -m oversight.documents.building

A4 after GB/T 9704-2012: margins 37, 26, 35, 28 mm, 22 lines of 28 characters, 仿宋 16 pt, page number “— 1 —” outwards.
"""

from collections.abc import Sequence

from docx import Document
from docx.document import Document as Word
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.enum.text import WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.oxml.text.font import CT_RPr
from docx.shared import Mm, Pt, RGBColor
from docx.table import Table, _Cell
from docx.text.paragraph import Paragraph

from oversight.documents.catalogue import FOLDER, KINDS
from oversight.documents.kinds import DATED, ISSUER, NUMBER, ORDINALS, TITLE, DocumentKind, Field, Part, Shape
from oversight.documents.papers import RECEIPT_ROWS, cells

BODY, HEAD, DISPLAY, SONG = "仿宋", "黑体", "方正小标宋简体", "宋体"
RED = RGBColor(0xD7, 0x00, 0x0F)
LINE, TEXT_WIDTH = Pt(28.95), Mm(156)
CLOSER = "-5"  # twentieths of a point: 28 characters of 16 points in 156 mm
AFTER_SPACING = ("w:w", "w:kern", "w:position", "w:sz", "w:szCs", "w:lang")


def build(kind: DocumentKind) -> Word:
    word = _page(kind)
    if kind.official:
        _official(word, kind)
    else:
        _form(word, kind)
    return word


def _page(kind: DocumentKind) -> Word:
    word = Document()
    about = word.core_properties
    thumbnail = next((key for key, one in word.part.package.rels.items() if one.reltype.endswith("/thumbnail")), None)
    if thumbnail:
        word.part.package.rels.pop(thumbnail)
    about.author, about.comments, about.title = "", "", f"{{{{ {TITLE} }}}}"
    section = word.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.right_margin, section.bottom_margin, section.left_margin = Mm(37), Mm(26), Mm(35), Mm(28)
    section.header_distance, section.footer_distance = Mm(15), Mm(25)
    grid = section._sectPr.find(qn("w:docGrid"))
    if grid is None:
        grid = OxmlElement("w:docGrid")
        section._sectPr.append(grid)
    # 28 characters a line come from the distance of characters, not from a grid of them: LibreOffice gives a character that is wider than
    # its cell two cells.
    for name, value in (("type", "lines"), ("linePitch", "579")):
        grid.set(qn(f"w:{name}"), value)
    normal = word.styles["Normal"]
    normal.font.size = Pt(16)
    properties = normal.element.get_or_add_rPr()
    _face(properties, BODY)
    distance = OxmlElement("w:spacing")
    distance.set(qn("w:val"), CLOSER)
    properties.insert_element_before(distance, *AFTER_SPACING)
    normal.paragraph_format.space_after = normal.paragraph_format.space_before = Pt(0)
    word.settings.odd_and_even_pages_header_footer = True
    for footer, side in ((section.footer, ALIGN.RIGHT), (section.even_page_footer, ALIGN.LEFT)):
        if kind.foot:
            _write(footer.paragraphs[0], kind.foot, 12)
        _page_number(footer.add_paragraph() if kind.foot else footer.paragraphs[0], side)
    return word


def _face(properties: CT_RPr, name: str) -> None:
    fonts = properties.get_or_add_rFonts()
    for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(qn(f"w:{theme}"), None)
    for script in ("ascii", "hAnsi", "eastAsia", "cs"):
        fonts.set(qn(f"w:{script}"), name)


def _write(paragraph: Paragraph, text: str, size: float = 16, face: str = BODY, colour: RGBColor | None = None) -> Paragraph:
    run = paragraph.add_run(text)
    run.font.size = Pt(size)
    _face(run._element.get_or_add_rPr(), face)
    if colour is not None:
        run.font.color.rgb = colour
    return paragraph


def _page_number(paragraph: Paragraph, side: ALIGN) -> None:
    paragraph.alignment = side
    paragraph.paragraph_format.left_indent = paragraph.paragraph_format.right_indent = Pt(14)
    _write(paragraph, "— ", 14, SONG)
    for kind, text in (("begin", ""), ("", " PAGE "), ("end", "")):
        run = _write(paragraph, "", 14, SONG).runs[-1]
        part = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            part.set(qn("w:fldCharType"), kind)
        else:
            part.text = text
        run._element.append(part)
    _write(paragraph, " —", 14, SONG)


def _line(word: Word, text: str = "", *, size: float = 16, face: str = BODY, align: ALIGN | None = None, indent: bool = False) -> Paragraph:
    """A paragraph of the body, on the grid of 22 lines; `indent`: two characters on its first line."""
    paragraph = word.add_paragraph()
    form = paragraph.paragraph_format
    form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.EXACTLY, LINE
    if size > 20:
        form.line_spacing = Pt(size * 1.5)
    form.first_line_indent = Pt(2 * size) if indent else None
    if align is not None:
        paragraph.alignment = align
    return _write(paragraph, text, size, face) if text else paragraph


def _rule(paragraph: Paragraph, side: str, colour: str = "000000", eighths: int = 6) -> None:
    """A line above ("top") or below ("bottom") a paragraph, its thickness in eighths of a point."""
    borders = OxmlElement("w:pBdr")
    edge = OxmlElement(f"w:{side}")
    for name, value in (("val", "single"), ("sz", str(eighths)), ("space", "4"), ("color", colour)):
        edge.set(qn(f"w:{name}"), value)
    borders.append(edge)
    paragraph._element.get_or_add_pPr().insert_element_before(
        borders, "w:shd", "w:tabs", "w:suppressAutoHyphens", "w:snapToGrid", "w:spacing", "w:ind", "w:jc", "w:rPr"
    )


def _official(word: Word, kind: DocumentKind) -> None:
    head = _line(word, align=ALIGN.CENTER, size=36)
    head.paragraph_format.space_before = Mm(20)
    _write(head, f"{{{{ {ISSUER} }}}}", 36, DISPLAY, RED)
    _line(word)
    _rule(_line(word, f"{{{{ {NUMBER} }}}}", align=ALIGN.CENTER), "bottom", "D7000F", 18)
    _line(word)
    _line(word, f"{{{{ {TITLE} }}}}", size=22, face=DISPLAY, align=ALIGN.CENTER)
    _line(word)
    for field in kind.of_part(Part.TO):
        _line(word, f"{{{{ {field.name} }}}}：")
    if kind.opening:
        _line(word, kind.opening, indent=True)
    for field in kind.of_part(Part.BODY):
        _line(word, f"{{%p if {field.name} %}}")
        _line(word, f"{{{{ {ORDINALS}.{field.name} }}}}、{field.title}", face=HEAD, indent=True)
        _content(word, field)
        _line(word, "{%p endif %}")
    for text in kind.closing:
        _line(word, text, indent=True).paragraph_format.keep_with_next = True
    for field in kind.of_part(Part.ANNEX):
        _if_filled(word, field, f"{field.title}：{_placeholder(field)}")
    _signature(word)
    for field in kind.of_part(Part.NOTE):
        _if_filled(word, field, f"（{field.title}：{_placeholder(field)}）")
    _copies(word, kind)
    if kind.receipt:
        _receipt(word, kind)


def _if_filled(word: Word, field: Field, text: str) -> None:
    _line(word, f"{{%p if {field.name} %}}")
    _line(word, text, indent=True)
    _line(word, "{%p endif %}")


def _placeholder(field: Field) -> str:
    return f"{{{{ {field.name} }}}}" if field.shape in (Shape.LINE, Shape.TEXT) else f"{{{{ {field.name}|lines }}}}"


def _content(word: Word, field: Field) -> None:
    if field.shape is not Shape.TABLE:
        _line(word, _placeholder(field), indent=True)
        return
    table = _table(word, len(field.columns) + 1, 4)
    widths = [Mm(12), *(Mm(144 * width / 8) for width in field.widths)]
    for cell, text in zip(table.rows[0].cells, ("序号", *field.columns), strict=True):
        _fill(cell, text, HEAD, ALIGN.CENTER)
    _fill(table.rows[1].cells[0], f"{{%tr for 行 in {field.name} %}}")
    for cell, text in zip(table.rows[2].cells, ("{{ loop.index }}", *(f"{{{{ 行.{one} }}}}" for one in field.columns)), strict=True):
        _fill(cell, text)
    _fill(table.rows[3].cells[0], "{%tr endfor %}")
    _set_widths(table, widths)


def _table(word: Word, columns: int, rows: int) -> Table:
    table = word.add_table(rows, columns)
    table.style = "Table Grid"
    table.autofit = False
    return table


def _set_widths(table: Table, widths: Sequence[int]) -> None:
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width
        for cell in column.cells:
            cell.width = width


def _fill(cell: _Cell, text: str, face: str = BODY, align: ALIGN | None = None) -> None:
    paragraph = _write(cell.paragraphs[0], text, 12, face)
    if align is not None:
        paragraph.alignment = align
    paragraph.paragraph_format.line_spacing = Pt(20)


def _signature(word: Word) -> None:
    """Room for the seal, who issued it and when; four characters from the right."""
    kept = [_line(word), _line(word), _line(word, f"{{{{ {ISSUER} }}}}", align=ALIGN.RIGHT)]
    dated = _line(word, f"{{{{ {DATED} }}}}", align=ALIGN.RIGHT)
    for line in kept:
        line.paragraph_format.keep_with_next = True
    kept[-1].paragraph_format.right_indent = dated.paragraph_format.right_indent = Pt(64)


def _copies(word: Word, kind: DocumentKind) -> None:
    copies = kind.of_part(Part.COPY)
    if not copies:
        return
    _line(word)
    for number, field in enumerate(copies):
        paragraph = _line(word, f"{field.title}：{_placeholder(field)}", size=14)
        paragraph.paragraph_format.left_indent = paragraph.paragraph_format.right_indent = Pt(14)
        if number == 0:
            _rule(paragraph, "top")
    last = _line(word, f"{{{{ {ISSUER} }}}}　　{{{{ {DATED} }}}}印发", size=14)
    last.paragraph_format.left_indent = last.paragraph_format.right_indent = Pt(14)
    _rule(last, "bottom")


def _receipt(word: Word, kind: DocumentKind) -> None:
    title = _line(word, "送达回证", size=22, face=DISPLAY, align=ALIGN.CENTER)
    title.paragraph_format.page_break_before = True
    _line(word)
    to = next(iter(kind.of_part(Part.TO)))
    served = next(iter(kind.of_part(Part.RECEIPT)), None)
    given = {"送达文书": f"{{{{ {TITLE} }}}}", "文号": f"{{{{ {NUMBER} }}}}", "受送达单位（人）": f"{{{{ {to.name} }}}}"}
    if served is not None:
        given["送达情况"] = f"{{{{ {served.name} }}}}"
    _grid(word, [[(label, given.get(label, ""), tall) for label, tall in row] for row in RECEIPT_ROWS])


def _form(word: Word, kind: DocumentKind) -> None:
    _line(word, f"{{{{ {TITLE} }}}}", size=22, face=DISPLAY, align=ALIGN.CENTER)
    number = f"编号：{{{{ {NUMBER} }}}}" if kind.word else "{{ 事项编号 }}"
    _line(word, f"{{{{ {ISSUER} }}}}　　　{number}　　　{{{{ {DATED} }}}}", size=12, align=ALIGN.CENTER)
    _grid(word, [[(field.title, _placeholder(field), field.by_hand) for field in row] for row in cells(kind.fields)])


def _grid(word: Word, rows: list[list[tuple[str, str, bool]]]) -> None:
    """Label and value, once or twice in a row, within the width of the text; a tall row is written in by hand."""
    table = _table(word, 4, len(rows))
    _set_widths(table, [Mm(31), Mm(47), Mm(31), Mm(47)])
    for row, filled in zip(table.rows, rows, strict=True):
        row.height = Mm(28 if any(tall for _label, _text, tall in filled) else 10)
        if len(filled) == 1:
            row.cells[1].merge(row.cells[3])
        for number, (label, text, _tall) in enumerate(filled):
            _fill(row.cells[2 * number], label, HEAD, ALIGN.CENTER)
            _fill(row.cells[2 * number + 1], text)


if __name__ == "__main__":
    for one in KINDS.values():
        build(one).save(str(FOLDER / f"{one.code}.docx"))
