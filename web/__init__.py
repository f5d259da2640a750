"""The pages a browser sees. No rules, no SQL, no ActivityPub."""
