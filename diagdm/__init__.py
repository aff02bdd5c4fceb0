"""Composition root of the portal."""

from diagdm.celery import app as celery_app

__all__ = ["celery_app"]
