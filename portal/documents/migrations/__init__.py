"""Migrations of the documents application."""
