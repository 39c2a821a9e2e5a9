"""The desk of those who handle cases: the queue, the page of a case, ready replies."""

from moderation.admin import queue, replies

__all__ = ["queue", "replies"]
