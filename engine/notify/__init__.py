"""Ways to an operator who does not look: when, in which words, through what."""
