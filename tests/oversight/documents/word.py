"""Word files as the tests make and read them."""

import zipfile
from collections.abc import Callable
from io import BytesIO

from docx import Document
from docx.document import Document as Word


def read(content: bytes) -> Word:
    return Document(BytesIO(content))


def text_of(content: bytes) -> str:
    """Everything printed in the body, a line for each paragraph, cells of tables too."""
    word = read(content)
    cells = [paragraph for table in word.tables for row in table.rows for cell in row.cells for paragraph in cell.paragraphs]
    return "\n".join(paragraph.text for paragraph in [*word.paragraphs, *cells])


def with_text(content: bytes, *lines: str) -> bytes:
    """The file with paragraphs added at its end."""
    word = read(content)
    for line in lines:
        word.add_paragraph(line)
    written = BytesIO()
    word.save(written)
    return written.getvalue()


def repacked(content: bytes, change: Callable[[str, bytes], bytes] = lambda name, part: part, **added: bytes) -> bytes:
    """The package with every part changed and others added, names with dots written as keywords of a dictionary."""
    written = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as old, zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
        for name, part in added.items():
            new.writestr(name, part)
    return written.getvalue()
