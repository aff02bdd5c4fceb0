"""The pages of people: their space, their organisation's members, the administrator's accounts, the demo."""
