"""The portal's own settings, made quick and private for the tests."""

import atexit
import os
import shutil
import tempfile

_private = tempfile.mkdtemp(prefix="diagdm-tests-")
atexit.register(shutil.rmtree, _private, ignore_errors=True)
for _name in (
    "DIAGDM_DEBUG",
    "DIAGDM_ALLOWED_HOSTS",
    "DIAGDM_URL",
    "REDIS_URL",
    "EMAIL_URL",
    "DIAGDM_PROXIES",
    "DIAGDM_DIRECTORY_URL",
    "DIAGDM_FILE_KEYS",
    "DIAGDM_STORAGE",
):
    os.environ.pop(_name, None)
os.environ["DIAGDM_ENVIRONMENT"] = "development"
os.environ["DIAGDM_VAR"] = _private
os.environ["DIAGDM_SECRET_KEY"] = "only-for-tests-" * 5
os.environ["DIAGDM_LOG_LEVEL"] = "WARNING"

from diagdm.settings import *  # noqa: E402, F403
from diagdm.settings import DATABASES, STATIC_ROOT, STORAGES  # noqa: E402

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
CELERY_BROKER_URL = "memory://"
# A pool would keep sessions open on the test database, which then can't be dropped.
DATABASES["default"].get("OPTIONS", {}).pop("pool", None)
# WhiteNoise warns, and a warning fails a test, when the collected files' folder does not exist.
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
# A test that publishes an edition has the catalogue read it (tests/applications/editions.py); no other one looks.
EDITIONS_READ_EVERY = None
