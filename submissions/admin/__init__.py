"""The desk of those who review: the queue, the review page, the rules."""

from submissions.admin import queue, rules

__all__ = ["queue", "rules"]
