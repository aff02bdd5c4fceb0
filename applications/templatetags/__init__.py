"""What templates say about the scheme."""
