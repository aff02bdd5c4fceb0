"""The use cases of the expert pool; everything another room may call."""

from experts.services.facts import expert_facts, passi_facts, passi_for

__all__ = ["expert_facts", "passi_facts", "passi_for"]
