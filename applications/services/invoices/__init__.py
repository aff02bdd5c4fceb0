"""Electronic invoices: read from what the expert files, compared with the contract, drafted from it."""
