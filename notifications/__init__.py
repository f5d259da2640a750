"""What happened that concerns somebody."""
