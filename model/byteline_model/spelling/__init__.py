"""Two things that tokens hide from a network and bytes do not: the letters of a word, and the space before it."""
