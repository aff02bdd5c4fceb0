"""Management commands of the rulebooks."""
