"""Templates without the work that comes out the same on every page.

What a template says in any context - its text, `{% translate "literal" %}`, `{% url 'literal' %}`
and `{% static 'literal' %}` - is put together once a language, when it is first shown; what is
plain in the rest is done quickly (config.quick_nodes).
"""

import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from django.template import Context, Node, NodeList, Template
from django.template.base import FilterExpression, TextNode, TokenType, Variable
from django.template.defaulttags import CommentNode, IfNode, LoadNode, URLNode
from django.template.loaders import cached
from django.templatetags.i18n import BlockTranslateNode, TranslateNode
from django.templatetags.static import StaticNode
from django.utils.safestring import SafeString

from config.quick_nodes import language_of, quick

_INDENTATION = re.compile(r"\n\s+")
# Where spaces are part of what is shown, or of a program.
_EXACT = re.compile(r"<(?:pre|textarea|style)\b|<script>", re.IGNORECASE)


class Constant(Node):
    """Neighbouring nodes that depend on nothing but the language and whether text is escaped."""

    child_nodelists = ()

    def __init__(self, nodes: Iterable[Node]) -> None:
        self.nodes = NodeList(nodes)
        self.texts: dict[tuple[str | None, bool], SafeString] = {}

    def render(self, context: Context) -> SafeString:
        key = (language_of(context), context.autoescape)
        text = self.texts.get(key)
        if text is None:
            text = self.texts[key] = self.nodes.render(context)
        return text

    # It cannot fail, so that there is nothing to be said of where.
    render_annotated = render


class Folded(NodeList):
    """The nodes of a template that is folded, or of a part of it. They stay as they are, so that
    the blocks in them, which `extends` asks for on every page, are looked for once."""

    def __init__(self, nodes: Iterable[Node], *, contains_nontext: bool) -> None:
        super().__init__(nodes)
        self.contains_nontext = contains_nontext
        self._found: dict[type[Node], list[Node]] = {}
        self._parts: list[Any] = [
            node.s if isinstance(node, TextNode) else node.render for node in self
        ]

    def render(self, context: Context) -> SafeString:
        """Render the nodes; where errors are to be shown with their place in the template, as
        Django does it."""
        if context.template is None or context.template.engine.debug:
            return super().render(context)
        return SafeString(
            "".join([part if type(part) is str else part(context) for part in self._parts])
        )

    def get_nodes_by_type(self, nodetype: type[Node]) -> list[Node]:
        if nodetype not in self._found:
            self._found[nodetype] = super().get_nodes_by_type(nodetype)
        return self._found[nodetype]


class Loader(cached.Loader):
    """Reads a template once, and folds it."""

    def get_template(self, template_name: str, skip: Any = None) -> Template:
        template: Template = super().get_template(template_name, skip)
        if "is_folded" not in vars(template):
            if template_name.endswith(".html") and not _EXACT.search(str(template.source)):
                thin(template.nodelist)
            template.nodelist = fold(template.nodelist)
            vars(template)["is_folded"] = True
        return template


def _below(node: Node) -> Iterator[NodeList]:
    """Yield the lists of nodes that a node holds: themselves, so that they can be changed."""
    if isinstance(node, IfNode):  # Its `nodelist` is a copy.
        yield from (nodes for _condition, nodes in node.conditions_nodelists)
        return
    for name in node.child_nodelists:
        if (nodes := getattr(node, name, None)) is not None:
            yield nodes


def thin(nodes: NodeList) -> None:
    """Take the indentation out of a template's text; a line's end stays one."""
    for node in nodes:
        if isinstance(node, TextNode):
            node.s = _INDENTATION.sub("\n", node.s)
        for below in _below(node):
            thin(below)


def fold(nodes: NodeList) -> Folded:
    """Return the nodes with neighbours that are constant merged, and quick ones; blocks stay the
    nodes that `extends` knows."""
    for node in nodes:
        _fold_below(node)
    merged: list[Node] = []
    for constant, group in groupby(map(quick, nodes), _is_constant):
        run = list(group)
        merged += _merged(run) if constant else run
    return Folded(merged, contains_nontext=nodes.contains_nontext)


def _fold_below(node: Node) -> None:
    if isinstance(node, IfNode):
        node.conditions_nodelists = [
            (condition, fold(nodes)) for condition, nodes in node.conditions_nodelists
        ]
        return
    for name in node.child_nodelists:
        if (nodes := getattr(node, name, None)) is not None:
            setattr(node, name, fold(nodes))


def _merged(nodes: list[Node]) -> list[Node]:
    if all(isinstance(node, TextNode) for node in nodes):
        text = "".join(node.s for node in nodes if isinstance(node, TextNode))
        return [TextNode(text)] if text else []
    return [Constant(nodes)]


def _is_constant(node: Node) -> bool:
    """Say whether a node shows the same on every page in one language. The admin's addresses
    depend on which admin asks."""
    if isinstance(node, TextNode | LoadNode | CommentNode):
        return True
    if isinstance(node, TranslateNode):
        return not (node.asvar or node.message_context) and _is_literal(node.filter_expression)
    if isinstance(node, BlockTranslateNode):
        return _has_no_variable(node)
    if isinstance(node, StaticNode):
        return node.varname is None and _is_literal(node.path)
    if isinstance(node, URLNode):
        literal = all(map(_is_literal, (node.view_name, *node.args)))
        of_admin = str(node.view_name.var).startswith("admin:")
        return literal and not (node.kwargs or node.asvar or of_admin)
    return False


def _is_literal(expression: FilterExpression) -> bool:
    """Say whether an expression is a text in quotes, without filters."""
    var = expression.var
    return not expression.filters and (
        isinstance(var, str) or (isinstance(var, Variable) and isinstance(var.literal, str))
    )


def _has_no_variable(node: BlockTranslateNode) -> bool:
    varying = node.extra_context or node.countervar or node.asvar or node.message_context
    return not varying and all(token.token_type == TokenType.TEXT for token in node.singular)
