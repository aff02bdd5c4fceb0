"""The public pages of the scheme: home, simulator, rates and the API's documentation."""
