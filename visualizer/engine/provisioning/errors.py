"""What goes wrong while an engine is provided with what it needs, for whoever runs the site."""


class ProvisioningFailed(Exception):
    """`what` happened, `why`, and what to `try_`."""

    def __init__(self, what: str, why: str, try_: str) -> None:
        super().__init__(f"{what} {why} {try_}")
        self.what = what
        self.why = why
        self.try_ = try_
