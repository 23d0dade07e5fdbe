"""The corpus builder: from git checkouts to one packed file of training text with an index (see `build`)."""
