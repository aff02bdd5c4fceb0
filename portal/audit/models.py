"""The chained journal: events nothing may change, their erasable details, each day’s record of hashes."""

from django.db import models


class Event(models.Model):
    """One thing that happened, linked by hash to the event before it in its chain.

    `data` holds ids and codes only. Names and motives live in `EventDetail`, whose salted hash is
    part of the event, so that they can be erased while the chain stays valid. The actor is a plain
    number, not a foreign key: deleting an account must not touch the journal. Database triggers
    refuse UPDATE and DELETE.
    """

    chain = models.CharField("chaîne", max_length=100)
    sequence = models.PositiveIntegerField("rang")
    name = models.CharField("événement", max_length=100)
    at = models.DateTimeField("date et heure")
    actor_ref = models.BigIntegerField("numéro de l’auteur", null=True)
    data = models.JSONField("données", default=dict)
    detail_hash = models.CharField("empreinte des détails", max_length=64, blank=True)
    previous_hash = models.CharField("empreinte précédente", max_length=64, blank=True)
    hash = models.CharField("empreinte", max_length=64)

    class Meta:
        verbose_name = "événement"
        verbose_name_plural = "événements"
        ordering = ["chain", "sequence"]
        constraints = [
            models.UniqueConstraint(
                fields=["chain", "sequence"],
                name="audit_event_chain_sequence",
                violation_error_message="Ce rang existe déjà dans cette chaîne.",
            ),
            models.CheckConstraint(condition=models.Q(sequence__gte=1), name="audit_event_sequence_positive"),
        ]
        indexes = [models.Index(fields=["at"], name="audit_event_at")]

    def __str__(self) -> str:
        return f"{self.chain} nº {self.sequence} ({self.name})"


class EventDetail(models.Model):
    """The names and the motive of one event; an erasure empties them and the salt, and dates itself."""

    event = models.OneToOneField(
        Event, on_delete=models.PROTECT, related_name="detail", verbose_name="événement"
    )
    salt = models.CharField("sel", max_length=64, blank=True)
    names = models.JSONField("noms", default=dict)
    motive = models.TextField("motif", blank=True)
    erased_at = models.DateTimeField("effacé le", null=True)

    class Meta:
        verbose_name = "détail d’événement"
        verbose_name_plural = "détails d’événements"

    def __str__(self) -> str:
        return f"Détail de l’événement {self.event_id}"


class ChainHead(models.Model):
    """The last event of a chain; locked while an event is appended, and the proof that none was cut off."""

    chain = models.CharField("chaîne", max_length=100, primary_key=True)
    sequence = models.PositiveIntegerField("dernier rang", default=0)
    hash = models.CharField("dernière empreinte", max_length=64, blank=True)
    recorded = models.PositiveIntegerField("dernier rang relevé", default=0)

    class Meta:
        verbose_name = "tête de chaîne"
        verbose_name_plural = "têtes de chaîne"

    def __str__(self) -> str:
        return f"{self.chain} nº {self.sequence}"


class HeadRecord(models.Model):
    """The hashes of every event appended since the previous record, under a digest chained to it.

    `hashes` is {chain: [first sequence, [hash, …]]}. The digest, kept elsewhere, betrays a journal
    rewritten with fresh hashes; the hashes themselves tell which event was the first rewritten.
    """

    day = models.DateField("jour", primary_key=True)
    hashes = models.JSONField("empreintes")
    previous_digest = models.CharField("condensat précédent", max_length=64, blank=True)
    digest = models.CharField("condensat", max_length=64)

    class Meta:
        verbose_name = "relevé quotidien"
        verbose_name_plural = "relevés quotidiens"
        ordering = ["day"]

    def __str__(self) -> str:
        return f"Relevé du {self.day:%d/%m/%Y}"
