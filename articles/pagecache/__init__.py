"""Pages kept as they were rendered, and never shown when they are no longer true.

A view says what its page shows (`shows`, `shows_list`, under `public_page`); the database notes
what changes (triggers; `purge` for the rest); before each answer a process learns of all changes
that were committed (`freshness`); the wrapper keeps the pages in memory, and as files where a web
server is to hand them out. docs/caching.md tells the whole.
"""

from articles.pagecache.keys import is_signed_out, public_page, purge, shows, shows_list

__all__ = ["is_signed_out", "public_page", "purge", "shows", "shows_list"]
