"""The lists that readers walk: all articles, and those of each category with all below it, tag,
byline and topic, newest first. Any page of any of them costs the same, and a count costs a row.

Reading:

- `open_list(kind, ref)`: a list as it is now, with how many visible articles it has. One query.
- `page_of(opened, number, size)`: the numbers of the articles of a page, as a queryset that stands
  in `pk__in`. No query for the first 4,000 articles of a list, one beyond.
- `first_page(size)`: the same of the first page, for a prepared query.
- `newest(kind, ref)`: the numbers of a list's articles, newest first, to be cut or filtered.
- `listed(lists)`: the entries that stand in several lists at once, newest first.
- `in_order(rows, numbers)`: the articles of such numbers, `newest_first(found)`.
- `places_of(opened, topic, number, size)`: the same of a page of a topic, in the editors' order.
- `count_of(kind)` and `has_entries(kind)`: how many visible articles each row of a query has, a
  category, tag, byline or topic, and whether it has any.
- `older(at)` and `newer(at)`: subqueries for the articles before and after one.

These give numbers. What is shown still comes through `Article.objects.visible()`.

Writing:

- `keep_lists(numbers)`: in the transaction that changes what stands where, after the change.
- `keep_all_of(kind, ref)`: the same for all that stands in one list, whose category moved.
- `drop_articles(numbers)` before articles are deleted, `drop_list(kind, ref)` after its category,
  tag, byline or topic was.
- `rebuild_lists()` makes all of them right and counts anew, `verify_lists()` says what is wrong
  with them.

An article stands in its lists from the moment that it is published or scheduled, until it is
withdrawn or withheld as a whole. Who reads leaves out what is still to come, so that nothing has to
run at the moment when it comes.
"""

from articles.services.listing.keeping import drop_articles, drop_list, keep_all_of, keep_lists
from articles.services.listing.reading import (
    Numbers,
    OpenList,
    count_of,
    first_page,
    has_entries,
    in_order,
    listed,
    newer,
    newest,
    newest_first,
    older,
    open_list,
    page_of,
    places_of,
)
from articles.services.listing.rebuilding import STAGES, rebuild_lists, rebuilding, verify_lists

__all__ = [
    "STAGES",
    "Numbers",
    "OpenList",
    "count_of",
    "drop_articles",
    "drop_list",
    "first_page",
    "has_entries",
    "in_order",
    "keep_all_of",
    "keep_lists",
    "listed",
    "newer",
    "newest",
    "newest_first",
    "older",
    "open_list",
    "page_of",
    "places_of",
    "rebuild_lists",
    "rebuilding",
    "verify_lists",
]
