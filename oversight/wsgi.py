"""The pages without the live stream, for a WSGI server; the browser then falls back to polling. Prefer oversight.asgi."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "oversight.settings")
application = get_wsgi_application()
