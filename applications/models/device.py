"""The products a company develops."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from applications.models.company import Company


class Device(models.Model):
    """A dispositif médical, a DMDIV or a digital health solution of one company."""

    company = models.ForeignKey(
        Company, on_delete=models.CASCADE, related_name="devices", verbose_name="entreprise"
    )
    name = models.CharField("nom", max_length=150)
    description = models.TextField("description", blank=True)
    # The description's words, hashed (services.signals.marks); "" for a short one.
    description_mark = models.CharField("empreinte de la description", max_length=64, blank=True)
    # The last facts told, in the engine's `device` shape; a new request starts from them.
    facts = models.JSONField("faits déclarés", default=dict, blank=True)
    created_at = models.DateTimeField("enregistré le", auto_now_add=True)

    class Meta:
        verbose_name = "dispositif"
        verbose_name_plural = "dispositifs"
        ordering = ["name", "pk"]
        indexes = [
            models.Index(
                fields=["description_mark"], condition=~Q(description_mark=""), name="device_by_description"
            ),
        ]

    def __str__(self) -> str:
        return self.name
