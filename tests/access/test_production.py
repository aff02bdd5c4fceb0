"""Production says no to anything unsafe, and speaks only in secret."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
SAFE = {
    "DIAGDM_ENVIRONMENT": "production",
    "DIAGDM_SECRET_KEY": "Zk3-" * 16,
    "DIAGDM_FILE_KEYS": "A" * 43 + "=",
    "DIAGDM_ALLOWED_HOSTS": "portail.example",
    "DIAGDM_URL": "https://portail.example",
    "DATABASE_URL": "sqlite://:memory:",
}
S3 = {"DIAGDM_STORAGE": "s3", "DIAGDM_S3_BUCKET": "portail"}
READ = """
import json
import django
from django.conf import settings
django.setup()
from django.test import Client
client = Client(headers={"host": "portail.example"})
answer = client.get("/api/v1/editions/", secure=True)
names = json.loads(%r)
print(json.dumps({
    "settings": {name: getattr(settings, name) for name in names},
    "headers": dict(answer.headers),
    "status": answer.status_code,
    "plain": client.get("/", secure=False).headers.get("Location"),
}))
"""
SECRET = (
    "SESSION_COOKIE_SECURE",
    "CSRF_COOKIE_SECURE",
    "SESSION_COOKIE_HTTPONLY",
    "CSRF_COOKIE_HTTPONLY",
    "SECURE_SSL_REDIRECT",
    "SECURE_HSTS_INCLUDE_SUBDOMAINS",
)


def start(tmp_path: Path, code: str, **changes: str) -> subprocess.CompletedProcess[str]:
    """Run Python code under production's settings, with some of them changed."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DIAGDM_", "DJANGO_"))}
    environment = {**kept, **SAFE, "DIAGDM_VAR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "diagdm.settings"}
    environment.update(changes)
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={name: value for name, value in environment.items() if value != "absent"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"DIAGDM_SECRET_KEY": "absent"}, "DIAGDM_SECRET_KEY"),
        ({"DIAGDM_SECRET_KEY": "courte"}, "DIAGDM_SECRET_KEY"),
        ({"DIAGDM_SECRET_KEY": "django-insecure-" + "x" * 60}, "DIAGDM_SECRET_KEY"),
        ({"DIAGDM_FILE_KEYS": "absent"}, "DIAGDM_FILE_KEYS"),
        ({"DIAGDM_FILE_KEYS": "A" * 43 + "=, courte"}, "key 2"),
        ({"DIAGDM_STORAGE": "ftp"}, "DIAGDM_STORAGE"),
        ({"DIAGDM_STORAGE": "s3"}, "DIAGDM_S3_BUCKET"),
        (S3 | {"DIAGDM_S3_ENDPOINT": "http://objets.example"}, "DIAGDM_S3_ENDPOINT"),
        (S3 | {"DIAGDM_S3_ACCESS_KEY": "a"}, "DIAGDM_S3_SECRET_KEY"),
        ({"DIAGDM_DEBUG": "true"}, "DIAGDM_DEBUG"),
        ({"DIAGDM_ALLOWED_HOSTS": "*"}, "DIAGDM_ALLOWED_HOSTS"),
        ({"DIAGDM_ALLOWED_HOSTS": "portail.example,*"}, "DIAGDM_ALLOWED_HOSTS"),
        ({"DIAGDM_ALLOWED_HOSTS": ""}, "DIAGDM_ALLOWED_HOSTS"),
        ({"DIAGDM_ENVIRONMENT": "prod"}, "DIAGDM_ENVIRONMENT"),
    ],
)
def test_it_does_not_start_on_what_is_unsafe(tmp_path: Path, changes: dict[str, str], said: str) -> None:
    done = start(tmp_path, "from django.conf import settings; settings.DEBUG", **changes)
    assert done.returncode != 0
    assert said in done.stderr
    assert "ImproperlyConfigured" in done.stderr


@pytest.mark.twin
def test_where_nothing_is_asked_the_same_settings_start(tmp_path: Path) -> None:
    unsafe = {"DIAGDM_SECRET_KEY": "courte", "DIAGDM_DEBUG": "true", "DIAGDM_ALLOWED_HOSTS": "*"}
    code = "from django.conf import settings; settings.DEBUG"
    assert start(tmp_path, code, **unsafe).returncode != 0
    assert start(tmp_path, code, DIAGDM_ENVIRONMENT="development", **unsafe).returncode == 0


def test_it_speaks_only_in_secret(tmp_path: Path) -> None:
    names = [*SECRET, "SECURE_HSTS_SECONDS", "DEBUG", "DEMO", "CSRF_TRUSTED_ORIGINS", "ALLOWED_HOSTS"]
    done = start(tmp_path, READ % json.dumps(names))
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["status"] == 200
    assert all(told["settings"][name] is True for name in SECRET)
    assert told["settings"]["SECURE_HSTS_SECONDS"] >= 31_536_000
    assert (told["settings"]["DEBUG"], told["settings"]["DEMO"]) == (False, False)
    assert told["settings"]["CSRF_TRUSTED_ORIGINS"] == ["https://portail.example"]
    assert "max-age=31536000" in told["headers"]["Strict-Transport-Security"]
    assert "frame-ancestors 'none'" in told["headers"]["Content-Security-Policy"]
    assert told["plain"] == "https://portail.example/"
    assert told["settings"]["ALLOWED_HOSTS"] == ["portail.example"]
