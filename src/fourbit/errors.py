"""The one exception that means: the user can mend this."""


class UserError(Exception):
    """A mistake in what the user gave; the message names the thing, the value and the way out."""
