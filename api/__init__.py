"""The Mastodon client API: a file a documentation page. No rules, no SQL."""
