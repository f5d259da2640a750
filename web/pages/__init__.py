"""One page a file: what it asks the rooms below, and the template that shows it."""
