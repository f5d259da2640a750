"""Posts of any origin and kind, likes, boosts, timelines, threads, and who may see them."""
