"""Trains a model on from a released one on the code of one folder, and checks that it is better there."""
