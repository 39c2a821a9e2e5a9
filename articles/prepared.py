"""Queries that are compiled once and asked often.

For a page that is read by key, Django spends ten times as long on building the SQL of a queryset as
the database on answering it. A `Prepared` query is made from an ordinary queryset, so that what is
visible is still said in one place, with a `Slot` for each value that changes.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Generic, TypeVar

from django.db import connections, router
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Expression, Field, Model, QuerySet
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

    def statement(self, connection: BaseDatabaseWrapper) -> str:
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
        alias = router.db_for_read(self._model)
        connection = connections[alias]
        kept: dict[Prepared[Any], _Compiled] = vars(connection).setdefault("prepared_queries", {})
        compiled = kept.get(self)
        if compiled is None:
            compiled = kept[self] = _compile(self._build().using(alias), connection)
        given = {
            slot.name: slot.output_field.get_db_prep_value(values[slot.name], connection)
            for slot in compiled.slots
        }
        params = [
            given[param.name] if isinstance(param, Slot) else param for param in compiled.params
        ]
        with connection.cursor() as cursor:
            cursor.execute(compiled.statement(connection), params)
            rows = cursor.fetchall()
        return [compiled.make(row) for row in _converted(rows, compiled.converters, connection)]

    def first(self, **values: Any) -> Row | None:
        """Return the first row, or None. One query, whose rows are all read: limit it."""
        return next(iter(self.all(**values)), None)


def _compile(queryset: QuerySet[Any, Any], connection: BaseDatabaseWrapper) -> _Compiled:
    compiler: Any = queryset.query.get_compiler(connection=connection)
    sql, params = compiler.as_sql()
    columns = [expression for expression, *_rest in compiler.select[: compiler.col_count]]
    converters = [
        (place, functions, expression)
        for place, (functions, expression) in compiler.get_converters(columns).items()
    ]
    slots = {param.name: param for param in params if isinstance(param, Slot)}
    make = _maker(queryset, compiler)
    return _Compiled(sql, tuple(params), list(slots.values()), converters, make)


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
    rows: list[Sequence[Any]],
    converters: list[tuple[int, list[Any], Any]],
    connection: BaseDatabaseWrapper,
) -> Iterator[Sequence[Any]]:
    """Turn what the engine keeps into what Python has: dates, truth values, JSON."""
    for row in rows:
        values = list(row)
        for place, functions, expression in converters:
            value = values[place]
            for function in functions:
                value = function(value, expression, connection)
            values[place] = value
        yield values
