"""Tests of the public pages and of the public API."""
