"""The clock: months, civil days, both nights of the year that change the hour, and what an outage must not lose."""
