import logging
from argparse import ArgumentParser

from django_tasks_db.management.commands import db_worker

from articles.services.background import worker_id


class Command(db_worker.Command):
    """django-tasks-db's worker, under a name by which its end is noticed (`reap_tasks`).

    Any number may run, on any number of machines.
    """

    help = "Do the background work, until told to stop."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.set_defaults(worker_id=worker_id(), reload=False, startup_delay=False)

    def configure_logging(self, verbosity: int) -> None:
        """Failures are logged always; the coming and going of each task only when asked for."""
        level = logging.INFO if verbosity > 1 else logging.ERROR
        logging.getLogger("django_tasks").setLevel(level)
        logging.getLogger("django_tasks_db").setLevel(level)
