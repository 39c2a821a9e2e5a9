"""The read-only programming interface at /api/v1/: what the public pages show, as JSON."""
