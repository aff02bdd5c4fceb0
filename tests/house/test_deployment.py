"""The files that put the portal in production say what they must, and hold no secret."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.urls import reverse

ROOT = Path(__file__).resolve().parent.parent.parent
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = ("web", "worker", "beat", "migrate")


def test_every_part_of_the_portal_is_there() -> None:
    assert set(SERVICES) == {"web", "worker", "beat", "migrate", "proxy", "postgres", "redis"}


@pytest.mark.parametrize("name", ["web", "worker", "beat", "proxy", "postgres", "redis"])
def test_what_keeps_running_is_watched_and_started_again(name: str) -> None:
    assert SERVICES[name]["restart"] == "unless-stopped"
    assert SERVICES[name]["healthcheck"]["test"]


@pytest.mark.parametrize("name", OURS)
def test_our_services_wait_for_the_database_and_run_in_production(name: str) -> None:
    service = SERVICES[name]
    assert service["depends_on"]["postgres"] == {"condition": "service_healthy"}
    assert service["environment"]["DIAGDM_ENVIRONMENT"] == "production"
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]


def test_the_web_waits_for_the_migrations() -> None:
    assert SERVICES["web"]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}


def test_only_the_proxy_is_reachable_from_outside() -> None:
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["proxy"]
    assert COMPOSE["networks"]["inside"]["internal"] is True
    assert SERVICES["postgres"]["networks"] == SERVICES["redis"]["networks"] == ["inside"]


def test_secrets_come_from_files_outside_the_repository() -> None:
    for secret in COMPOSE["secrets"].values():
        assert secret["file"].startswith("${DIAGDM_SECRETS:-")
    environment = SERVICES["web"]["environment"]
    assert environment["DIAGDM_SECRET_KEY_FILE"] == "/run/secrets/secret_key"
    assert environment["DIAGDM_FILE_KEYS_FILE"] == "/run/secrets/file_keys"
    assert environment["DATABASE_URL_FILE"] == "/run/secrets/database_url"
    assert "POSTGRES_PASSWORD" not in SERVICES["postgres"]["environment"]


def test_the_worker_hears_every_queue_that_tasks_are_routed_to(settings: Any) -> None:
    command = SERVICES["worker"]["command"]
    heard = set(command[command.index("--queues") + 1].split(","))
    assert {queue.name for queue in settings.CELERY_TASK_QUEUES} == heard
    assert {settings.CELERY_TASK_DEFAULT_QUEUE, *settings.OUTBOX_QUEUES.values()} <= heard


def test_web_and_workers_can_be_many() -> None:
    """A name or a port of one's own would stop the second container; a resolver that forgets, the proxy."""
    for name in ("web", "worker"):
        assert not {"container_name", "ports", "hostname"} & set(SERVICES[name])
    assert "celery@$$HOSTNAME" in SERVICES["worker"]["healthcheck"]["test"][1]
    assert "valid=10s" in (ROOT / "deploy" / "nginx.conf").read_text()


def test_the_web_is_watched_by_what_it_needs() -> None:
    """The probe's address exists, and answers at the name that the check asks, without going to https."""
    test = " ".join(SERVICES["web"]["healthcheck"]["test"])
    assert reverse("health_ready") in test
    assert "HTTPConnection('localhost', 8000" in test
    assert SERVICES["web"]["environment"]["DIAGDM_ALLOWED_HOSTS"].endswith(",localhost")


@pytest.mark.parametrize("name", [*OURS, "proxy", "redis"])
def test_nothing_is_written_outside_its_place_nor_gains_rights(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["tmpfs"]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in service
    assert service.get("user") != "root"


def test_every_secret_that_is_read_is_given() -> None:
    given = {f"/run/secrets/{name}" for name in COMPOSE["secrets"]}
    for name in OURS:
        read = {value for key, value in SERVICES[name]["environment"].items() if key.endswith("_FILE")}
        assert read
        assert read <= given
        assert {path.rpartition("/")[2] for path in read} <= set(SERVICES[name]["secrets"])


def test_no_log_holds_an_address_of_the_web() -> None:
    """A link may be a secret, a search a name: the portal's own line says which view answered."""
    nginx = (ROOT / "deploy" / "nginx.conf").read_text()
    line = nginx.partition("log_format line")[2].partition(";")[0]
    assert "$request_id" in line
    assert not re.search(r"\$(request|request_uri|uri|args|query_string|remote_addr|http_\w+)\b", line)
    assert "access_log /dev/stdout line;" in nginx
    assert "proxy_set_header X-Request-ID $request_id;" in nginx
    assert "accesslog = None" in (ROOT / "deploy" / "gunicorn.conf.py").read_text()


def test_the_images_do_not_run_as_root() -> None:
    stages = re.split(r"^FROM ", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE)
    users = {
        stage.split(" AS ")[1].split()[0]: re.findall(r"^USER (\w+)", stage, re.MULTILINE)
        for stage in stages[1:]
    }
    assert users["portal"] == ["portal"]
    assert users["proxy"] == ["nginx"]
    assert "--require-hashes" in stages[1]


def test_the_proxy_serves_static_files_and_passes_the_rest() -> None:
    conf = (ROOT / "deploy" / "nginx.conf").read_text()
    assert "alias /srv/static/;" in conf
    assert "proxy_pass http://portal;" in conf
    assert "server web:8000 resolve;" in conf
    assert conf.count("{") == conf.count("}")


def test_pinned_packages_have_hashes_and_name_no_registry() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        text = (ROOT / name).read_text()
        assert "://" not in text
        assert "--index-url" not in text
        pins = re.findall(r"^([a-z0-9][^\s=]*)==", text, re.MULTILINE | re.IGNORECASE)
        assert len(pins) > 40
        assert text.count("--hash=sha256:") >= len(pins)
