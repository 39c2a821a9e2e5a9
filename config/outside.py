"""Settings of what stands outside the machine: a replica of the database, an object store."""

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from environs import Env

_CONNECT_SECONDS = 2  # A replica that does not answer is done without.


def replica_database(primary: dict[str, Any], replica: dict[str, Any]) -> dict[str, Any]:
    """Return the entry of DATABASES for a replica, connected to as the primary is. Raises
    ImproperlyConfigured unless both are PostgreSQL."""
    for database in (primary, replica):
        if not database["ENGINE"].endswith("postgresql"):
            raise ImproperlyConfigured(
                "DATABASE_REPLICA_URL: only PostgreSQL has replicas; both addresses begin with "
                "postgres://"
            )
    return {
        **replica,
        "CONN_MAX_AGE": primary["CONN_MAX_AGE"],
        # The first statement of a request asks how far the replica has come: it tells as well.
        "CONN_HEALTH_CHECKS": False,
        "OPTIONS": {
            "connect_timeout": _CONNECT_SECONDS,
            "options": "-c default_transaction_read_only=on",
            **replica.get("OPTIONS", {}),
        },
        # Tests see through it what they wrote in a transaction of the primary.
        "TEST": {"MIRROR": "default"},
    }


def s3_storages(env: Env) -> dict[str, Any]:
    """Return the entries of STORAGES for an S3-compatible store; none where no bucket is named.
    Raises ImproperlyConfigured where only part of it is said."""
    public = env.str("MEDIA_S3_BUCKET", "")
    private = env.str("MEDIA_S3_PRIVATE_BUCKET", "")
    if not public and not private:
        return {}
    if not public or not private or public == private:
        raise ImproperlyConfigured(
            "MEDIA_S3_BUCKET and MEDIA_S3_PRIVATE_BUCKET must name two different buckets: one "
            "that the web server may read, and one for proofs and withheld pictures, which only "
            "the site may."
        )
    options = {
        "endpoint_url": env.str("MEDIA_S3_ENDPOINT", "") or None,
        "region_name": env.str("MEDIA_S3_REGION", "") or None,
        "access_key": env.str("MEDIA_S3_ACCESS_KEY", "") or None,
        "secret_key": env.str("MEDIA_S3_SECRET_KEY", "") or None,
        # Who may read is a matter of the bucket: objects have no rights of their own.
        "default_acl": None,
        # Names are random and written once; a second name for the same file would be nobody's.
        "file_overwrite": True,
        "querystring_auth": True,
        "object_parameters": {"CacheControl": "public, max-age=31536000, immutable"},
    }
    return {
        "default": _bucket(public, options),
        "private": _bucket(private, {**options, "object_parameters": {"CacheControl": "no-store"}}),
    }


def _bucket(name: str, options: dict[str, Any]) -> dict[str, Any]:
    return {
        "BACKEND": "config.object_store.ObjectStore",
        "OPTIONS": {**options, "bucket_name": name},
    }
