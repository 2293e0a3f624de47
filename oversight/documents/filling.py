"""Word templates: which placeholders they may hold, and how they are filled in. What is filled in is text, whatever it looks like."""

import re
from collections.abc import Iterable, Iterator, Mapping
from io import BytesIO
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, StrictUndefined, TemplateError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from oversight.documents.values import texts

if TYPE_CHECKING:
    from docxtpl import DocxTemplate

# Of jinja only placeholders, conditions and loops: nothing that computes, calls or includes, so that no template can take time or memory.
ALLOWED = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.Getattr,
    nodes.Filter,
    nodes.If,
    nodes.For,
    nodes.Not,
    nodes.And,
    nodes.Or,
    nodes.Compare,
    nodes.Operand,
    nodes.Const,
)
MOST_TAGS, MOST_NESTED, LONGEST_TAG = 600, 8, 200
TAG = re.compile(r"\{[{%#].*?[}%#]\}", re.DOTALL)
PROPERTIES = ("author", "comments", "identifier", "language", "subject", "title")
# In a Word file the character that ends a paragraph and begins another of the same kind (docxtpl).
PARAGRAPH = "\a"


class WrongTemplate(Exception):
    """What is wrong with the placeholders; the message is the part of the template it is about."""


def opened(content: bytes) -> "DocxTemplate":
    """The Word file, read. Raises what python-docx and lxml raise for a broken one: KeyError, ValueError, LxmlError …"""
    from docxtpl import DocxTemplate  # at first use: it takes a tenth of the time a process needs to start, and few ever fill one in

    document = DocxTemplate(BytesIO(content))
    document.init_docx()
    return document


def environment() -> Environment:
    """Names of the context, attributes of its values and three filters; an unknown name is an error, not an empty text."""
    made = ImmutableSandboxedEnvironment(autoescape=True, undefined=StrictUndefined)
    made.globals.clear()
    made.tests = {}
    made.filters = {"default": made.filters["default"], "lines": _lines, "count": len}
    return made


def _lines(value: Any) -> str:
    """A list, or the rows of a table, as numbered paragraphs."""
    return PARAGRAPH.join(texts(value))


def filled(template: bytes, context: Mapping[str, Any]) -> bytes:
    """The Word file with its placeholders filled in. Raises jinja2.TemplateError for a name that `context` does not have."""
    document = opened(template)
    document.render(_in_paragraphs(context), environment(), autoescape=True)
    written = BytesIO()
    document.save(written)
    return written.getvalue()


def _in_paragraphs(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\n", PARAGRAPH)
    if isinstance(value, Mapping):
        return {key: _in_paragraphs(one) for key, one in value.items()}
    return [_in_paragraphs(one) for one in value]


def used_names(template: bytes) -> set[str]:
    """The names its placeholders ask for, `文号` or `序.事实`. Raises WrongTemplate for what is no placeholder, condition or loop."""
    found: set[str] = set()
    for source in _sources(template):
        tags = TAG.findall(source)
        if len(tags) > MOST_TAGS or source.count("{%") > MOST_TAGS:
            raise WrongTemplate(f"{len(tags)} {{{{ }}}}")
        if long := next((tag for tag in tags if len(tag) > LONGEST_TAG), None):
            raise WrongTemplate(_shown(long))
        found |= _names_in(source)
    return found


def _sources(template: bytes) -> Iterator[str]:
    """Every text of the file that is filled in, as docxtpl hands it to jinja."""
    document = opened(template)
    word = document.get_docx()
    yield document.patch_xml(document.get_xml())
    for uri in (document.HEADER_URI, document.FOOTER_URI):
        for _key, part in document.get_headers_footers(uri):
            yield document.patch_xml(document.get_part_xml(part))
    for part in word.part.package.parts:
        if part.content_type.endswith("wordprocessingml.footnotes+xml"):
            yield document.patch_xml(part.blob.decode("utf-8", "replace"))
    for name in PROPERTIES:
        yield getattr(word.core_properties, name)


def _names_in(source: str) -> set[str]:
    made = environment()
    try:
        tree = made.parse(source)
        made.compile(tree)
    except (TemplateError, SyntaxError, RecursionError) as error:
        raise WrongTemplate(_shown(str(error))) from error
    _check_nested(tree)
    wrong = next((node for node in _all(tree) if not isinstance(node, ALLOWED)), None)
    if wrong is not None:
        raise WrongTemplate(type(wrong).__name__.lower())
    bound = {node.target.name for node in _all(tree) if isinstance(node, nodes.For) and isinstance(node.target, nodes.Name)} | {"loop"}
    whole = {(node.node.name, node.attr) for node in _all(tree) if isinstance(node, nodes.Getattr) and isinstance(node.node, nodes.Name)}
    names = {node.name for node in _all(tree) if isinstance(node, nodes.Name) and node.ctx == "load"} - bound
    dotted = {name for name, _attr in whole}
    return {f"{name}.{attr}" for name, attr in whole if name not in bound} | (names - dotted)


def _all(tree: nodes.Node) -> Iterable[nodes.Node]:
    yield tree
    yield from tree.find_all(nodes.Node)


def _check_nested(node: nodes.Node, depth: int = 0, loops: int = 0) -> None:
    """Loops lie in loops twice at most: with long lists a third would take minutes."""
    depth, loops = depth + 1, loops + isinstance(node, nodes.For)
    if loops > 2 or depth > 4 * MOST_NESTED:
        raise WrongTemplate("{% for %}" if loops > 2 else "{% if %}")
    for child in node.iter_child_nodes():
        _check_nested(child, depth, loops)


def _shown(text: str) -> str:
    return re.sub(r"<[^>]*>", "", text)[:80]
