"""The public API: simulate a case and read the editions, without an account and without a cookie."""
