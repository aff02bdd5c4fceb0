"""Who gets a dossier: rules, absences, many at once."""
