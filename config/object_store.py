"""An S3-compatible store that behaves as the file system does. Imported only where one is used."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from botocore.exceptions import ClientError
from storages.backends.s3 import S3Storage


@contextmanager
def _missing(name: str) -> Iterator[None]:
    """Say of a missing object what is said of a missing file: services and views rely on it."""
    try:
        yield
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
            raise FileNotFoundError(name) from error
        raise


class ObjectStore(S3Storage):  # type: ignore[misc]  # It is not typed.
    """A bucket. Objects are written under the very name that is asked for."""

    def size(self, name: str) -> int:
        with _missing(name):
            return int(super().size(name))

    def get_modified_time(self, name: str) -> datetime:
        with _missing(name):
            modified: datetime = super().get_modified_time(name)
        return modified
