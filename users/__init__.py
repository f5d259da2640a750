"""The person who logs in: passwords, OAuth, sessions. Nothing federated."""
