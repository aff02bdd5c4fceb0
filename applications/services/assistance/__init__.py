"""Entering a request for a company that wrote to Bpifrance."""
