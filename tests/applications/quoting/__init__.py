"""Requests for quotes: which firms are proposed, who is asked, who reads what, and which offer is chosen."""
