"""The score card: what a model is worth to someone who types, measured through the worker that they would run."""
