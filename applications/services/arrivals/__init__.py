"""What arrives from before the portal: past dossiers read from a file, judged line by line, then kept."""
