"""The company comes on the portal: its number, the directory, its people."""
