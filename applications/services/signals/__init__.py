"""What should make an officer look twice at prices and links: signals that explain themselves and block nothing."""
