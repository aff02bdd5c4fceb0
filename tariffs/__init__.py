"""The rulebooks of the scheme: their editions, the engine that applies them and the pages that show them."""
