"""How long things are kept: the rules, what is due, and the sweep that archives and erases."""
