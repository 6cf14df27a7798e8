"""The WSGI entry: `gunicorn -c deploy/gunicorn.conf.py app:app`."""

from vberatung import create_app

app = create_app()
