"""Pages of the inbox and of the dead letters."""
