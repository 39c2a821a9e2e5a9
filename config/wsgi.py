"""The WSGI application that granian serves."""

import os

from django.core.wsgi import get_wsgi_application

from config.refusal import plain_refusals

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
with plain_refusals():
    application = get_wsgi_application()
