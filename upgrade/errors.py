"""The errors that users see."""


class UpgradeError(Exception):
    """The upgrade is refused; the message says why and what to do. Nothing was changed."""


class HalfDoneError(Exception):
    """The upgrade could be neither ended nor undone; the message says how to go on."""
