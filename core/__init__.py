"""The ground floor: settings, clock, ids, errors, html, text. No SQL, no HTTP."""
