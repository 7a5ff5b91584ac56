"""What an engine refuses, in words for a learner.

EngineError
├── NotFound          no such container, image or exec in this lab
├── Conflict          the thing is there, but not in a state that allows it
├── Refused           a limit or the policy does not allow it
│   └── NoShell       the image has no shell that could be started
└── EngineUnavailable the engine itself does not answer
"""


class EngineError(Exception):
    """A command that could not be carried out; nothing was half done.

    `code` is stable and kebab-case, `title` says what happened, `why` and `try_` the rest.
    `engine_words` is what Docker's own engine says in this case, where it has words for it.
    """

    def __init__(
        self, code: str, title: str, why: str = "", try_: str = "", engine_words: str = ""
    ) -> None:
        super().__init__(title)
        self.code = code
        self.title = title
        self.why = why
        self.try_ = try_
        self.engine_words = engine_words


class NotFound(EngineError):
    """No such container, image or exec in this lab."""


class Conflict(EngineError):
    """The thing is there, but not in a state that allows it."""


class Refused(EngineError):
    """A limit or the policy does not allow it."""


class NoShell(Refused):
    """The image has no shell that could be started."""


class EngineUnavailable(EngineError):
    """The engine itself does not answer."""
