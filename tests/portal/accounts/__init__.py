"""Tests of people, their organisations, their rights and how they sign in."""
