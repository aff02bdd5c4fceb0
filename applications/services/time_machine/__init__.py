"""A dossier as it was at a past moment, from its journal."""
