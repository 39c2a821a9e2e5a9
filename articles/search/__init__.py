"""The search index, and what stands on it.

- `owe(article_ids)` and `index_soon(article_ids)`: in the transaction that changes articles; the
  worker follows within a minute, or at once.
- `candidates(weights, limit, cap)`: the articles with the greatest sum of the weights of their
  terms, as (article number, sum), best first. `weights` is term → weight, best idf by tf; a dozen
  or two of the most telling terms. At most `cap` articles are read for a term: the newest on
  SQLite, any on PostgreSQL. One statement. The index may be a moment behind, and holds scheduled
  articles: callers show what `Article.objects.visible()` lets through, and read the texts of
  articles for themselves.
- `document_frequency(terms)`: term → in how many articles it stands; estimated from a daily sample
  for common terms, counted up to 1,000 for others. Two statements at most.
- `documents()`: how many articles the index held when it was last counted; `idf(frequency, n)`.
- `terms_of(folded)`, `folded(text)`: the terms that a text has in the index, in order and with
  repetitions. `folded_texts(article_ids)` gives the folded title, tags and text that the index
  keeps of articles; one query.

- `keep_title(article)`: in the transaction that writes an article, so that the desk finds it by
  its title at once; `titled(phrase)`: what the desk asks, of all articles whatever their status.

How it works and how well: docs/search.md. Services owe, articles.services.search asks.
"""

from articles.search.candidates import candidates, document_frequency, documents, folded_texts
from articles.search.indexing import forget_all, index_articles, index_owed, owe
from articles.search.statistics import idf, refresh_search_statistics, statistics
from articles.search.tasks import index_changed_articles, index_soon, index_waiting_articles
from articles.search.terms import folded, terms_of
from articles.search.titles import keep_title, titled

__all__ = [
    "candidates",
    "document_frequency",
    "documents",
    "folded",
    "folded_texts",
    "forget_all",
    "idf",
    "index_articles",
    "index_changed_articles",
    "index_owed",
    "index_soon",
    "index_waiting_articles",
    "keep_title",
    "owe",
    "refresh_search_statistics",
    "statistics",
    "terms_of",
    "titled",
]
