"""The journal: what happened, when and by whom, chained by hash."""
