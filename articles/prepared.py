"""Queries that are compiled once and asked often.

For a page that is read by key, Django spends ten times as long on building the SQL of a queryset as
the database on answering it. A `Prepared` query is made from an ordinary queryset, so that what is
visible is still said in one place, with a `Slot` for each value that changes.
"""

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any, Generic, TypeVar

from django.db import connections, router
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper
from django.db.models import BigAutoField, DateTimeField, Expression, Field, Model, QuerySet
from django.db.models.query import (
    ModelIterable,
    ValuesListIterable,
    get_related_populators,
)
from django.utils.functional import cached_property

_numbers = count(1)
Row = TypeVar("Row")
Make = Callable[[Sequence[Any]], Any]


class Slot(Expression):
    """The place of a value in a prepared query, by the name that it is given with."""

    def __init__(self, name: str, output_field: Field[Any, Any]) -> None:
        super().__init__(output_field=output_field)
        self.name = name

    def as_sql(self, compiler: Any, connection: BaseDatabaseWrapper) -> tuple[str, Any]:
        return "%s", [self]


# The moment that "visible" is asked for, and the number of one row.
NOW: Any = Slot("now", DateTimeField())
PK = Slot("pk", BigAutoField())


@dataclass
class _Compiled:
    """A queryset as one connection asks it."""

    sql: str
    params: tuple[Any, ...]
    slots: list[Slot]
    converters: list[tuple[int, list[Any], Any]]
    make: Make
    name: str = field(default_factory=lambda: f"prepared_{next(_numbers)}")
    # The driver's connection in which PostgreSQL has planned it.
    planned_by: Any = None

    def ask(self, cursor: Any, connection: BaseDatabaseWrapper, params: list[Any]) -> None:
        """Execute it. SQLite's cursor is given the marks that it understands, instead of Django's
        with a new search for them each time, unless somebody counts or watches the queries."""
        is_unwatched = type(cursor) is CursorWrapper and not connection.execute_wrappers
        if connection.vendor == "sqlite" and is_unwatched:
            with connection.wrap_database_errors:
                sqlite3.Cursor.execute(cursor.cursor, self.marked, params)
            return
        cursor.execute(self._statement(connection), params)

    @cached_property
    def marked(self) -> str:
        """The SQL as SQLite has it."""
        return self.sql % tuple("?" * len(self.params))

    def _statement(self, connection: BaseDatabaseWrapper) -> str:
        """Return the SQL to execute. PostgreSQL takes longer to plan such a query than to answer
        it, so there it is prepared once in each connection (not behind a pooler that gives every
        transaction another one: such a site sets DISABLE_SERVER_SIDE_CURSORS)."""
        if connection.vendor != "postgresql":
            return self.sql
        if connection.settings_dict.get("DISABLE_SERVER_SIDE_CURSORS"):
            return self.sql
        connection.ensure_connection()
        driver: Any = connection.connection
        if self.planned_by is not driver:
            places = tuple(f"${number}" for number in range(1, len(self.params) + 1))
            with driver.cursor() as cursor:
                cursor.execute(f"PREPARE {self.name} AS {self.sql % places}")
            self.planned_by = driver
        return f"EXECUTE {self.name} ({', '.join(['%s'] * len(self.params))})"


class Prepared(Generic[Row]):
    """A queryset with slots, compiled when a connection first asks it and kept with that
    connection: it alone knows the engine's dialect, version and time zone.

    `build` returns the queryset: of models (with `select_related`, `only`, annotations) or of a
    `values_list`, also a union of those. Not of dictionaries or flat values, and without
    `prefetch_related`; a queryset that can have no row at all raises EmptyResultSet.
    """

    def __init__(self, build: Callable[[], QuerySet[Any, Row]]) -> None:
        self._build = build

    @cached_property
    def _model(self) -> type[Model]:
        return self._build().model

    def all(self, **values: Any) -> list[Row]:
        """Return the rows for these values of the slots, from the database that the router gives
        for reading. One query."""
        return [self.made(row) for row in self.raw(**values)]

    def raw(self, **values: Any) -> list[tuple[Any, ...]]:
        """Return the rows as the engine gives them, for who needs but some of them made, or has
        made them before. One query."""
        connection = connections[router.db_for_read(self._model)]
        compiled = self._compiled(connection)
        given = {
            slot.name: slot.output_field.get_db_prep_value(values[slot.name], connection)
            for slot in compiled.slots
        }
        params = [
            given[param.name] if isinstance(param, Slot) else param for param in compiled.params
        ]
        with connection.cursor() as cursor:
            compiled.ask(cursor, connection, params)
            rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows

    def made(self, row: tuple[Any, ...]) -> Row:
        """Return what the queryset makes of a row that `raw` gave."""
        connection = connections[router.db_for_read(self._model)]
        compiled = self._compiled(connection)
        made: Row = compiled.make(_converted(row, compiled.converters, connection))
        return made

    def _compiled(self, connection: BaseDatabaseWrapper) -> _Compiled:
        kept: dict[Prepared[Any], _Compiled] = vars(connection).setdefault("prepared_queries", {})
        compiled = kept.get(self)
        if compiled is None:
            queryset = self._build().using(connection.alias)
            compiled = kept[self] = _compile(queryset, connection)
        return compiled

    def first(self, **values: Any) -> Row | None:
        """Return the first row, or None. One query, whose rows are all read: limit it."""
        return next((self.made(row) for row in self.raw(**values)), None)


def _compile(queryset: QuerySet[Any, Any], connection: BaseDatabaseWrapper) -> _Compiled:
    compiler: Any = queryset.query.get_compiler(connection=connection)
    sql, params = compiler.as_sql()
    columns = [expression for expression, *_rest in compiler.select[: compiler.col_count]]
    converters = [
        (place, [_quicker(function, connection) for function in functions], expression)
        for place, (functions, expression) in compiler.get_converters(columns).items()
    ]
    slots = {param.name: param for param in params if isinstance(param, Slot)}
    make = _maker(queryset, compiler)
    return _Compiled(sql, tuple(params), list(slots.values()), converters, make)


def _quicker(function: Any, connection: BaseDatabaseWrapper) -> Any:
    """Return the converter, or for SQLite's dates, which a page has a dozen of, one that takes for
    granted what Django writes there: UTC."""
    own = getattr(connection.ops, "convert_datetimefield_value", None)
    in_utc = connection.vendor == "sqlite" and connection.timezone is UTC
    return _utc if in_utc and function == own else function


def _utc(
    value: datetime | str | None, _expression: Any, _connection: BaseDatabaseWrapper
) -> datetime | None:
    if value is None:
        return None
    naive = datetime.fromisoformat(value) if isinstance(value, str) else value
    return naive.replace(tzinfo=UTC)


def _maker(queryset: QuerySet[Any, Any], compiler: Any) -> Make:
    """Return what makes of a row what the queryset would make of it."""
    kind = queryset._iterable_class
    if kind is ValuesListIterable:
        return tuple
    if kind is not ModelIterable:
        raise TypeError(f"{kind.__name__} cannot be prepared: give a values_list or models.")
    info, alias = compiler.klass_info, queryset.db
    start, end = info["select_fields"][0], info["select_fields"][-1] + 1
    names = [column[0].target.attname for column in compiler.select[start:end]]
    from_db = info["model"].from_db
    populators = get_related_populators(info, compiler.select, alias)  # type: ignore[call-arg] # Stubs of 6.
    annotations = list(compiler.annotation_col_map.items())

    def make(row: Sequence[Any]) -> Any:
        instance = from_db(alias, names, row[start:end])
        for populator in populators:
            populator.populate(row, instance)
        for name, place in annotations:
            setattr(instance, name, row[place])
        return instance

    return make


def _converted(
    row: Sequence[Any],
    converters: list[tuple[int, list[Any], Any]],
    connection: BaseDatabaseWrapper,
) -> Sequence[Any]:
    """Turn what the engine keeps into what Python has: dates, truth values, JSON."""
    values = list(row)
    for place, functions, expression in converters:
        value = values[place]
        for function in functions:
            value = function(value, expression, connection)
        values[place] = value
    return values
