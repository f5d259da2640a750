"""What remote actors do: received, queued, completed, and handled, one file a verb."""
