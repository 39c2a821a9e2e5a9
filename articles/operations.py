"""Migrations of tables that may be large, while readers go on reading."""

from typing import Any

from django.apps.registry import Apps
from django.db import models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations import AddIndex, RemoveIndex
from django.db.migrations.state import ProjectState
from django.db.utils import NotSupportedError


class AddIndexConcurrently(AddIndex):
    """Adds an index; on PostgreSQL without a lock that keeps writers out. The migration needs
    `atomic = False`. What an interrupted attempt left behind is dropped first."""

    atomic = False

    def database_forwards(
        self, app_label: str, editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        if editor.connection.vendor != "postgresql":
            super().database_forwards(app_label, editor, from_state, to_state)
            return
        model = _model(self, to_state.apps, app_label, editor)
        if model is not None:
            _prepare(editor)
            editor.execute(f'DROP INDEX CONCURRENTLY IF EXISTS "{self.index.name}"')
            editor.add_index(model, self.index, concurrently=True)

    def database_backwards(
        self, app_label: str, editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        if editor.connection.vendor != "postgresql":
            super().database_backwards(app_label, editor, from_state, to_state)
            return
        model = _model(self, from_state.apps, app_label, editor)
        if model is not None:
            _prepare(editor)
            editor.remove_index(model, self.index, concurrently=True)


class RemoveIndexConcurrently(RemoveIndex):
    """Removes an index as AddIndexConcurrently adds one."""

    atomic = False

    def database_forwards(
        self, app_label: str, editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        self._change(app_label, editor, from_state, "remove", from_state, to_state)

    def database_backwards(
        self, app_label: str, editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        self._change(app_label, editor, to_state, "add", from_state, to_state)

    def _change(
        self, app_label: str, editor: Any, having: ProjectState, verb: str, *states: ProjectState
    ) -> None:
        """Remove or add the index, as the state that has it describes it."""
        if editor.connection.vendor != "postgresql":
            plain = super().database_forwards if verb == "remove" else super().database_backwards
            plain(app_label, editor, *states)
            return
        model = _model(self, having.apps, app_label, editor)
        if model is not None:
            index = having.models[app_label, self.model_name_lower].get_index_by_name(self.name)
            _prepare(editor)
            getattr(editor, f"{verb}_index")(model, index, concurrently=True)


def _model(
    operation: AddIndex | RemoveIndex, apps: Apps, app_label: str, editor: Any
) -> type[models.Model] | None:
    model = apps.get_model(app_label, operation.model_name)
    allowed = operation.allow_migrate_model(editor.connection.alias, model)
    return model if allowed else None


def _prepare(editor: BaseDatabaseSchemaEditor) -> None:
    """Building waits for others' transactions without keeping anybody out: it may take its time.
    Raises NotSupportedError within a transaction."""
    if editor.connection.in_atomic_block:
        raise NotSupportedError("An index cannot be built concurrently: say atomic = False.")
    editor.execute("SET lock_timeout = 0")
