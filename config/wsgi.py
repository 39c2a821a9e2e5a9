"""The WSGI application that granian serves: Django, with the page cache around it."""

import os

from django.core.wsgi import get_wsgi_application

from config.refusal import plain_refusals

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
with plain_refusals():
    django_application = get_wsgi_application()

# It looks into the models, which are there only now.
from articles.pagecache.wrapper import page_cache

application = page_cache(django_application)
