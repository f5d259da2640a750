"""The ground floor: settings, clock, ids, errors, html and text. No SQL, no HTTP, no ActivityPub."""
