"""The editions that were published on the portal itself, as every process reads them."""
