"""What local actors do: built, stored, owed to inboxes and delivered, one file a verb."""
