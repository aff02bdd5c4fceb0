"""Migrations of the notifications application."""
