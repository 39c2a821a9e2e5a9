"""What a start does before the site runs: tables, roles, static files, demo content.

Every step looks first whether there is anything to do, so that a second start is quick and
changes nothing.
"""

import hashlib
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.contrib.staticfiles.management.commands.collectstatic import Command as CollectStatic
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils.translation import gettext as _

from articles.models import Article, User
from articles.pagecache import triggers
from articles.services.roles import sync_roles
from config.terminal import Counter, Terminal

_IGNORED = ["CVS", ".*", "*~"]  # As collectstatic itself ignores them.


def prepare_database(terminal: Terminal) -> None:
    """Apply the migrations that are missing, put up triggers that somebody has taken down, and
    give the roles their permissions."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        terminal.line(_("Preparing the database…"))
        counter = Counter(terminal, _("step"), ("Applying",))
        call_command("migrate", interactive=False, stdout=counter)
    if triggers.missing(connection):
        terminal.line(_("The database did not note every change of a page: mending that…"))
        triggers.install(connection)
    sync_roles()


def prepare_static(terminal: Terminal) -> None:
    """Collect and compress the static files where they are not those collected last time."""
    if settings.DEBUG:
        return
    stamp = settings.DATA_DIR / "static.stamp"
    wanted = _static_fingerprint()
    manifest = Path(settings.STATIC_ROOT) / "staticfiles.json"
    if stamp.exists() and manifest.exists() and stamp.read_text() == wanted:
        return
    terminal.line(_("Preparing styles, scripts and the text editor (a minute at most, once)…"))
    counter = Counter(terminal, _("files"), ("Copying", "Post-processed"))
    call_command(CollectStatic(), interactive=False, verbosity=2, stdout=counter)
    stamp.write_text(wanted)


def _static_fingerprint() -> str:
    """A hash over name, size and time of every static file. About 2,000 stats."""
    digest = hashlib.sha256(str(settings.STORAGES["staticfiles"]).encode())
    digest.update(str(settings.STATIC_ROOT).encode())
    for finder in get_finders():
        for path, storage in finder.list(_IGNORED):
            stat = Path(storage.path(path)).stat()
            digest.update(f"{path} {stat.st_size} {stat.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def prepare_demo(terminal: Terminal) -> None:
    """Load the demo content on the first run of a demo site, and never again.

    A site that has people or articles of its own is left alone; a first run that was
    interrupted goes on (`load_demo` may be run again).
    """
    if not settings.DEMO:
        return
    stamp = settings.DATA_DIR / "demo.stamp"
    state = stamp.read_text() if stamp.exists() else ""
    if state == "loaded" or (not state and not _is_empty()):
        return
    stamp.write_text("loading")
    terminal.line(_("Writing the demo content (once)…"))
    call_command("load_demo")
    stamp.write_text("loaded")


def _is_empty() -> bool:
    return not (User.objects.exists() or Article.objects.exists())


def has_chief_editor() -> bool:
    """Say whether anyone can manage the site."""
    return User.objects.filter(is_active=True, is_superuser=True).exists()
