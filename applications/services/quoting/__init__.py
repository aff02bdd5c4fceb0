"""Requests for quotes: which firms are proposed, who is asked, what comes back and which offer is chosen."""
