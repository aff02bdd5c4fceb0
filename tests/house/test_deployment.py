"""The files that put the portal in production say what they must, and hold no secret."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

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
    assert environment["DATABASE_URL_FILE"] == "/run/secrets/database_url"
    assert "POSTGRES_PASSWORD" not in SERVICES["postgres"]["environment"]


def test_the_worker_hears_every_queue_that_tasks_are_routed_to(settings: Any) -> None:
    command = SERVICES["worker"]["command"]
    heard = set(command[command.index("--queues") + 1].split(","))
    assert {queue.name for queue in settings.CELERY_TASK_QUEUES} == heard
    assert {settings.CELERY_TASK_DEFAULT_QUEUE, *settings.OUTBOX_QUEUES.values()} <= heard


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
    assert "proxy_pass http://web:8000;" in conf
    assert conf.count("{") == conf.count("}")


def test_pinned_packages_have_hashes_and_name_no_registry() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        text = (ROOT / name).read_text()
        assert "://" not in text
        assert "--index-url" not in text
        pins = re.findall(r"^([a-z0-9][^\s=]*)==", text, re.MULTILINE | re.IGNORECASE)
        assert len(pins) > 40
        assert text.count("--hash=sha256:") >= len(pins)
