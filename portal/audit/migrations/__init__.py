"""Migrations of the audit application."""
