"""What keeps the portal running: its logs, its probes, its figures, and the doctor who looks at all of it."""
