"""Template nodes that do at once what is plain - a text, a whole number, a path that is there - and
leave everything else to Django's own, whose questions take most of the time of a page."""

from collections.abc import Hashable
from functools import cache
from html import escape
from types import MethodType
from typing import Any

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from django.template import Context, Node
from django.template.base import (
    Variable,
    VariableNode,
    render_value_in_context,
)
from django.template.defaulttags import ForNode, IfNode, TemplateLiteral, WithNode
from django.templatetags.i18n import BlockTranslateNode
from django.utils.safestring import SafeData, SafeString
from django.utils.translation import get_language, gettext

Lookups = tuple[str, ...]
_NOT_QUICK = (KeyError, AttributeError, ObjectDoesNotExist)


def quick(node: Node) -> Node:
    """Return what takes a node's place, often the node itself, which may be changed."""
    if type(node) is VariableNode:
        return _quick_value(node)
    if type(node) is BlockTranslateNode:
        return _quick_sentence(node)
    if type(node) is IfNode:
        node.conditions_nodelists = [
            (_quick_condition(condition), below) for condition, below in node.conditions_nodelists
        ]
    elif type(node) is ForNode:
        _quicken(node.sequence)
        return Loop(node) if len(node.loopvars) == 1 and not node.is_reversed else node
    elif type(node) is WithNode:
        for expression in node.extra_context.values():
            _quicken(expression)
    return node


def language_of(context: Context) -> str | None:
    """Return the language of what is being rendered. Django is asked once for a context: no
    template of ours changes it half-way (`{% language %}`), and it is a slow question."""
    state = vars(context)
    if "folded_language" not in state:
        state["folded_language"] = get_language()
    language: str | None = state["folded_language"]
    return language


def _value(context: Context, lookups: Lookups) -> Any:
    """Return what a path like `a.b` means. Raises one of _NOT_QUICK where Django has to say."""
    value = context[lookups[0]]
    if callable(value):
        raise AttributeError
    for name in lookups[1:]:
        value = value[name] if type(value) is dict else _attribute(value, name)
        if callable(value):
            raise AttributeError
    return value


def _attribute(value: Any, name: str) -> Any:
    """Return an attribute, or what a method without arguments returns. AttributeError for what has
    members, where Django looks first, and for what templates may not call."""
    kind: Any = type(value)
    if _has_members(kind):
        raise AttributeError
    found = getattr(value, name)
    if type(found) is not MethodType:
        return found
    if getattr(found, "alters_data", False) or found.__code__.co_argcount > 1:
        raise AttributeError
    return found()


@cache
def _has_members(kind: Hashable) -> bool:
    return hasattr(kind, "__getitem__")


def _text(value: Any, context: Context) -> str:
    """Return a value as a template shows it."""
    kind = type(value)
    if kind is str:
        return escape(value) if context.autoescape else value
    if kind is SafeString:
        return str(value)
    if kind is int and not settings.USE_THOUSAND_SEPARATOR:
        return str(value)
    return render_value_in_context(value, context)


# --- Values -----------------------------------------------------------------------------------
class Lookup(Node):
    """`{{ a.b }}`."""

    child_nodelists = ()

    def __init__(self, node: VariableNode, lookups: Lookups) -> None:
        self.node = node
        self.lookups = lookups
        self.token, self.origin = node.token, node.origin

    def render(self, context: Context) -> str:
        try:
            value = _value(context, self.lookups)
        except _NOT_QUICK:
            return self.node.render(context)
        return _text(value, context)


class Filtered(Lookup):
    """`{{ a.b|filter:argument }}`, where no filter asks for the time zone or for escaping."""

    def render(self, context: Context) -> str:
        try:
            value = _value(context, self.lookups)
        except _NOT_QUICK:
            return self.node.render(context)
        for function, arguments in self.node.filter_expression.filters:
            given = [
                argument.resolve(context) if is_variable else SafeString(argument)
                for is_variable, argument in arguments
            ]
            was_safe = isinstance(value, SafeData) and getattr(function, "is_safe", False)
            value = function(value, *given)
            if was_safe:
                value = SafeString(value)
        return _text(value, context)


class QuickVariable(Variable):
    """A variable in a condition, a loop or an argument, or before a filter."""

    __slots__ = ()
    lookups: Lookups

    def _resolve_lookup(self, context: Context) -> Any:
        try:
            return _value(context, self.lookups)
        except _NOT_QUICK:
            return super()._resolve_lookup(context)  # type: ignore[misc] # Not in the stubs.


def _quick_value(node: VariableNode) -> Node:
    expression = node.filter_expression
    _quicken(expression)
    if not isinstance(expression.var, QuickVariable):
        return node
    if not expression.filters:
        return Lookup(node, expression.var.lookups)
    is_plain = not any(
        getattr(function, wish, False)
        for function, _arguments in expression.filters
        for wish in ("expects_localtime", "needs_autoescape")
    )
    return Filtered(node, expression.var.lookups) if is_plain else node


def _quicken(expression: Any) -> None:
    """Let an expression find its variables quickly."""
    if _is_path(expression.var):
        expression.var = QuickVariable(expression.var.var)
    for _function, arguments in expression.filters:
        arguments[:] = [
            (is_variable, QuickVariable(found.var) if _is_path(found) else found)
            for is_variable, found in arguments
        ]


def _is_path(var: Any) -> bool:
    """Say whether it is a variable: not a literal, and not `_("…")`."""
    return isinstance(var, Variable) and bool(var.lookups) and not var.translate


# --- Conditions -------------------------------------------------------------------------------
class Condition:
    """`a.b` in an `{% if %}`. What the page does not have is None, without the exception that
    Django makes of that first."""

    def __init__(self, literal: Any) -> None:
        self.literal = literal
        self.lookups: Lookups = literal.value.var.lookups

    def eval(self, context: Context) -> Any:
        try:
            return _value(context, self.lookups)
        except _NOT_QUICK:
            return self.literal.eval(context) if self.lookups[0] in context else None


class Known:
    """A text or a number in an `{% if %}`."""

    def __init__(self, literal: Any) -> None:
        self.known = literal.value.resolve(Context())

    def eval(self, _context: Context) -> Any:
        return self.known


def _quick_condition(condition: Any) -> Any:
    """Return a condition, or an operator over several, that is quickly found out."""
    if isinstance(condition, TemplateLiteral):
        expression: Any = condition.value
        _quicken(expression)
        if expression.filters:
            return condition
        if isinstance(expression.var, QuickVariable):
            return Condition(condition)
        is_lazy = isinstance(expression.var, Variable) and expression.var.translate
        return condition if is_lazy else Known(condition)
    for name in ("first", "second"):
        if (part := getattr(condition, name, None)) is not None:
            setattr(condition, name, _quick_condition(part))
    return condition


# --- Loops ------------------------------------------------------------------------------------
class Loop(ForNode):
    """`{% for a in b %}` over a list."""

    sequence: Any
    nodelist_loop: Any

    def __init__(self, node: Any) -> None:
        super().__init__(
            node.loopvars, node.sequence, False, node.nodelist_loop, node.nodelist_empty
        )
        self.token, self.origin = node.token, node.origin

    def render(self, context: Context) -> str:
        values = self.sequence.resolve(context, ignore_failures=True)
        template = context.template
        is_debug = template is None or template.engine.debug
        if type(values) not in {list, tuple} or not values or is_debug:
            return super().render(context)
        name, count = self.loopvars[0], len(values)
        outer = context.get("forloop", {})
        parts = []
        with context.push() as own:
            for place, value in enumerate(values):
                own[name] = value
                own["forloop"] = {
                    "parentloop": outer,
                    "counter0": place,
                    "counter": place + 1,
                    "revcounter": count - place,
                    "revcounter0": count - place - 1,
                    "first": place == 0,
                    "last": place == count - 1,
                }
                parts.append(self.nodelist_loop.render(context))
        return SafeString("".join(parts))


# --- Sentences --------------------------------------------------------------------------------
class Sentence(Node):
    """`{% blocktranslate with a=b %}`: asked of the translations once a language."""

    child_nodelists = ()

    def __init__(self, node: BlockTranslateNode, message: str) -> None:
        self.node = node
        self.message = message
        self.sentences: dict[str | None, str] = {}
        self.token, self.origin = node.token, node.origin

    def render(self, context: Context) -> str:
        language = language_of(context)
        sentence = self.sentences.get(language)
        if sentence is None:
            sentence = self.sentences[language] = gettext(self.message)
        values = {
            name: _text(expression.resolve(context), context)
            for name, expression in self.node.extra_context.items()
        }
        try:
            return sentence % values
        except (KeyError, ValueError):  # A mistake in the translation.
            return self.node.render(context)


def _quick_sentence(node: BlockTranslateNode) -> Node:
    message, names = node.render_token_list(node.singular)
    is_more = node.countervar or node.asvar or node.message_context or node.trimmed
    if is_more or not set(names) <= set(node.extra_context):
        return node
    for expression in node.extra_context.values():
        _quicken(expression)
    return Sentence(node, message)
