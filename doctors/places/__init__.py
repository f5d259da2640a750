"""Where people are: towns, departments, countries, how far apart."""
