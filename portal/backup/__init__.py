"""Backup and restore: one folder with the database, the files, the editions, and a manifest that proves them."""
