"""The engine room: workers that process what is owed."""
