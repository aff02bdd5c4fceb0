"""The pages about the portal itself: legal notice, privacy, accessibility, and whether it works."""
