"""The disk: engines, transactions, the job table. No table of a room, no ActivityPub."""
