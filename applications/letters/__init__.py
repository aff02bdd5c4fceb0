"""Letters, contracts and certificates as PDF, made by the worker from frozen contents."""
