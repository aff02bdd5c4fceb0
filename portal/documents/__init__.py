"""Private files: checked when they come in, served only to those who may read them."""
