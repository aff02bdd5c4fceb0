"""The words of every notification: one line per audience, plain and with one thing to do."""

from __future__ import annotations

from applications.services.notices.audience import Audience, Notice
from applications.services.notices.contract import CONTRACT
from applications.services.notices.ends import ENDS
from applications.services.notices.money import MONEY
from applications.services.notices.reminders import REMINDERS
from applications.services.notices.request import REQUEST
from applications.services.notices.work import WORK

NOTICES: dict[str, tuple[Notice, ...]] = REQUEST | CONTRACT | WORK | MONEY | ENDS

__all__ = ["NOTICES", "REMINDERS", "Audience", "Notice"]
