"""What goes wrong with the private engine, in words for the person who runs the site."""


class PrivateEngineError(Exception):
    """It cannot be done: what happened, why, and what to try. Nothing is left half done."""

    def __init__(self, what: str, why: str = "", try_: str = "") -> None:
        super().__init__(" ".join(part for part in (what, why, try_) if part))
        self.what = what
        self.why = why
        self.try_ = try_
