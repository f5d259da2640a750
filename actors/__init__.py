"""Identities that act, local and remote: profiles, keys, follows, blocks, mutes."""
