"""The page of the demonstration that shows the visual language: colours, type, spacing, every component."""
