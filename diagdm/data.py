"""Where the portal's data lie: the database and the cache, read from the environment."""

from pathlib import Path
from typing import Any

import environ

SQLITE, SERVER = "django.db.backends.sqlite3", "django.db.backends"


def database(env: environ.Env, *, embedded: Path, counted: bool) -> dict[str, Any]:
    """Return the database of DATABASE_URL, the embedded one without; `counted` for Prometheus.

    What the address itself says (`?sslmode=verify-full`) stays.
    """
    found: dict[str, Any] = env.db_url("DATABASE_URL", default=f"sqlite:///{embedded}")
    options: dict[str, Any] = found.get("OPTIONS", {})
    if found["ENGINE"] == SQLITE:
        found["OPTIONS"] = {
            "timeout": 20,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
        }
    else:
        found["CONN_MAX_AGE"] = 0
        # A connection that the server cut meanwhile is replaced as it leaves the pool, not found dead by a page.
        found["CONN_HEALTH_CHECKS"] = True
        found["OPTIONS"] = options | {
            "pool": {"min_size": 1, "max_size": env.int("DIAGDM_DB_POOL", 16), "timeout": 10},
            "options": "-c statement_timeout=30000 -c lock_timeout=10000 -c pg_trgm.word_similarity_threshold=0.45",
        }
    if counted:
        found["ENGINE"] = found["ENGINE"].replace(SERVER, "django_prometheus.db.backends")
    return found


def caches(env: environ.Env) -> dict[str, dict[str, Any]]:
    """Return the cache: Redis with a table of the database in reserve, or that table alone without REDIS_URL."""
    table: dict[str, Any] = {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "portal_cache",
    }
    if not env.str("REDIS_URL", ""):
        return {"default": table}
    steady = {
        "BACKEND": "portal.cache.SteadyCache",
        "LOCATION": env.str("REDIS_URL"),
        "OPTIONS": {"socket_timeout": 1, "socket_connect_timeout": 1},
    }
    return {"default": steady, "reserve": table}
