"""The WSGI application that granian serves: Django, with the page cache around it."""

import gc
import os

from django.core.wsgi import get_wsgi_application

from config.refusal import plain_refusals

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
with plain_refusals():
    django_application = get_wsgi_application()

# It looks into the models, which are there only now.
from articles.pagecache.wrapper import page_cache

application = page_cache(django_application)

# What was made so far stays: the collector need not look at it again after every few hundred new
# objects, which took a fifth of the time of a page.
gc.collect()
gc.freeze()
gc.set_threshold(20_000, 50, 50)
