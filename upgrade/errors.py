"""The one error that users see."""


class UpgradeError(Exception):
    """The upgrade is refused; the message says why and what to do. Nothing was changed."""
