"""The doors of the expert pool: the firm's own pages, and Bpifrance's."""
