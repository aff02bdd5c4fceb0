"""The duty of the crash tests: one row written each time that it is really done, held where a test asks for it."""

import os
import time
from pathlib import Path
from uuid import uuid4

from portal import clock
from portal.notifications.models import Heartbeat, Outbox

HELD_SECONDS = 60.0


def held(folder, name):
    """Tell the test which process waits here, and wait until it says "go"."""
    (folder / f"{name}-held").write_text(str(os.getpid()))
    limit = time.monotonic() + HELD_SECONDS
    while not (folder / f"{name}-go").exists() and time.monotonic() < limit:
        time.sleep(0.05)


def duty(payload, *, outbox_id):
    """Write one row; at the first attempt, wait before or after it where the payload says so."""
    folder, name = Path(payload["folder"]), payload["name"]
    first = Outbox.objects.get(pk=outbox_id).attempts == 1
    if first and payload["hold"] == "before":
        held(folder, name)
    Heartbeat.objects.create(name=f"{name}-{uuid4().hex[:12]}", beat_at=clock.now())
    if first and payload["hold"] == "amid":
        held(folder, name)
