"""The tree of errors: the kind decides what a door answers and whether a worker tries again."""

from __future__ import annotations

from datetime import timedelta


class ServerError(Exception):
    """Anything that this server raises on purpose."""


class PermanentError(ServerError):
    """Trying again would fail in the same way. Worker: stop, and note the reason."""


class TemporaryError(ServerError):
    """Trying again later may help. Worker: `retry_at`; door: 503."""


class RateLimited(TemporaryError):
    """Too much comes from one place; more is taken after `retry_after`. Door: 429."""

    def __init__(self, reason: str, retry_after: timedelta) -> None:
        self.retry_after = retry_after
        super().__init__(reason)


class InvalidDocument(PermanentError):
    """The JSON is not what its type promises. Door: 400."""


class TooLarge(PermanentError):
    """More bytes came than we read. Door: 413."""


class UnsupportedType(PermanentError):
    """A body of a kind, or in an encoding, that we do not read. Door: 415."""


class InvalidInput(PermanentError):
    """A person or a client asked for something that cannot be. Door: 422; the text is shown."""


class NotFound(PermanentError):
    """There is no such thing for this viewer. Door: 404, the same for absent and for hidden."""


class Withheld(NotFound):
    """A remote does not show it to us, which says nothing of whether it is there."""


class Gone(PermanentError):
    """It was here and was deleted. Door: 410."""


class Unauthenticated(PermanentError):
    """Nobody, or not who they say they are. Door: 401."""


class KeyGone(Unauthenticated):
    """The home of the key that should verify it says that there is none any more. Door: 401."""


class Forbidden(PermanentError):
    """Known, but not allowed. Door: 403."""


class Untrusted(PermanentError):
    """A document or a message lacks the authority for what it says (FEP-fe34)."""


class HostRefused(PermanentError):
    """Our policy or the address gate refuses this host. No connection was made."""


class FetchFailed(PermanentError):
    """A remote answered, but with something that we cannot use."""


class FetchUnavailable(TemporaryError):
    """A remote did not answer, or asked us to come back later."""


class MailRefused(PermanentError):
    """A message cannot be sent, to this address or at all: the mail server says so, or we do."""


class MailUnavailable(TemporaryError):
    """The mail server did not take a message now: it is away, or not set up as ours are."""


class SettingsError(ServerError):
    """A setting is wrong; the message names the variable, its value and what is expected."""
