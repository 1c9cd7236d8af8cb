"""How wrong an answer is, where its digits went, and how wrong it can be at most."""
