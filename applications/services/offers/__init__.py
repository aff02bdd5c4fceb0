"""Offers written on the portal: priced, made whole by their clauses, sent, compared, accepted by one company."""
