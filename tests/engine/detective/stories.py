"""The stories: builds in a row that differ in one thing, with which the front end's tests go on."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace


@dataclass(frozen=True)
class Order:
    """One build of a story."""

    dockerfile: str
    files: Mapping[str, bytes | str] = field(default_factory=dict)
    args: Mapping[str, str] = field(default_factory=dict)
    tag: str = "app"
    no_cache: bool = False


APP = Order(
    "FROM busybox\nWORKDIR /app\nCOPY requirements.txt .\nRUN sort requirements.txt > installed\n"
    "COPY . .\nRUN ls > listed\nENV COLOUR=red\nCMD cat listed\n",
    {"requirements.txt": "b\na\n", "app.py": "print(1)\n", "notes.md": "# Notes\n"},
)
ENVIRONMENT = Order(
    "FROM busybox\nCOPY a.txt /first\nENV V=1\nRUN echo $V > /v\nCOPY a.txt /second\n"
    "LABEL v=$V\nCMD cat /v\n",
    {"a.txt": "a\n"},
)
ARGUMENTS = Order(
    "FROM busybox\nRUN echo before > /before\nARG V=default\nRUN echo unseen > /unseen\n"
    "COPY a.txt /at-$V\nENV KEPT=$V\nCMD echo $KEPT\n",
    {"a.txt": "a\n"},
)
STAGES = Order(
    "FROM busybox AS one\nCOPY a.txt /\nRUN wc -l < /a.txt > /one\n"
    "FROM busybox AS two\nCOPY b.txt /\nRUN cat /b.txt > /two\n"
    "FROM busybox\nCOPY --from=one /one /\nCOPY --from=two /two /\nCMD cat /one /two\n",
    {"a.txt": "a\n", "b.txt": "b\n"},
)
BASE = Order("FROM busybox\nRUN echo 1 > /version\n", tag="base:1")
ON_BASE = Order("FROM base:1\nCOPY a.txt /\nRUN cat /version > /copy\n", {"a.txt": "a\n"})
PLAIN = Order("FROM busybox\nRUN echo a > /a\nRUN echo b > /b\nRUN echo c > /c\n")
FAILING = Order("FROM busybox\nCOPY a.txt /\nRUN grep -q two /a.txt\nRUN echo d > /d\n")
CONFIG = Order(
    "FROM busybox\nUSER 1000\nWORKDIR /tmp\nRUN id -u > a\nEXPOSE 80\nCMD cat a\n",
)
ARCHIVE = Order("FROM busybox\nADD a.txt /added/\nRUN cat /added/a.txt > /b\n", {"a.txt": "a\n"})
MOUNT = Order(
    "FROM busybox AS other\nRUN echo other > /file\nFROM busybox\nRUN "
    "--mount=type=bind,source=a.txt,target=/m cat /m > /x\nRUN --mount=type=bind,from=other,"
    "source=/file,target=/m cat /m > /y\n",
    {"a.txt": "a\n"},
)
BRANCH = Order(
    "ARG BASE=busybox\nFROM $BASE\nRUN echo x > /x\n",
)


def _with(order: Order, **files: bytes | str) -> Order:
    return replace(order, files={**order.files, **files})


def _rewritten(order: Order, before: str, after: str) -> Order:
    assert before in order.dockerfile
    return replace(order, dockerfile=order.dockerfile.replace(before, after))


STORIES: dict[str, tuple[Order, ...]] = {
    "unchanged": (APP, APP),
    "file": (APP, _with(APP, **{"app.py": "print(2)\n"})),
    "early-file": (APP, _with(APP, **{"requirements.txt": "c\n"})),
    "file-added-and-deleted": (
        APP,
        replace(APP, files={"requirements.txt": "b\na\n", "app.py": "print(1)\n", "new.py": "1\n"}),
    ),
    "ignored-now": (APP, _with(APP, **{".dockerignore": "*.md\n"})),
    "file-and-back": (
        APP,
        _with(APP, **{"app.py": "print(2)\n"}),
        APP,
    ),
    "instruction": (APP, _rewritten(APP, "ls > listed", "ls -a > listed")),
    "line-put-in": (APP, _rewritten(APP, "COPY . .", "RUN echo new > new\nCOPY . .")),
    "line-taken-out": (PLAIN, _rewritten(PLAIN, "RUN echo a > /a\n", "")),
    "lines-swapped": (
        PLAIN,
        _rewritten(PLAIN, "RUN echo a > /a\nRUN echo b > /b", "RUN echo b > /b\nRUN echo a > /a"),
    ),
    "environment": (ENVIRONMENT, _rewritten(ENVIRONMENT, "V=1", "V=2")),
    "label": (CONFIG, _rewritten(CONFIG, "USER", "LABEL v=1\nUSER")),
    "user": (CONFIG, _rewritten(CONFIG, "1000", "1001")),
    "folder": (CONFIG, _rewritten(CONFIG, "WORKDIR /tmp", "WORKDIR /var/tmp")),
    "argument": (ARGUMENTS, replace(ARGUMENTS, args={"V": "given"})),
    "argument-same-value": (ARGUMENTS, replace(ARGUMENTS, args={"V": "default"})),
    "argument-default": (ARGUMENTS, _rewritten(ARGUMENTS, "V=default", "V=other")),
    "argument-unseen": (PLAIN, replace(PLAIN, args={"NOBODY": "asks"})),
    "argument-before-from": (BRANCH, replace(BRANCH, args={"BASE": "alpine"})),
    "stage": (STAGES, _with(STAGES, **{"b.txt": "changed\n"})),
    "stage-same-result": (STAGES, _with(STAGES, **{"a.txt": "another\n"})),
    "stage-put-in": (
        STAGES,
        replace(STAGES, dockerfile=f"FROM busybox AS zero\nRUN echo 0\n{STAGES.dockerfile}"),
    ),
    "base": (BASE, ON_BASE, _rewritten(BASE, "echo 1", "echo 2"), ON_BASE),
    "failed-between": (
        _with(FAILING, **{"a.txt": "one\n"}),
        _with(FAILING, **{"a.txt": "one, two\n"}),
        _rewritten(_with(FAILING, **{"a.txt": "one, two\n"}), "echo d", "false; echo d"),
        _with(FAILING, **{"a.txt": "two\n"}),
    ),
    "no-cache": (APP, replace(APP, no_cache=True), APP),
    "add": (ARCHIVE, _with(ARCHIVE, **{"a.txt": "b\n"})),
    "mounted-file": (MOUNT, _with(MOUNT, **{"a.txt": "b\n"})),
    "mounted-stage": (MOUNT, _rewritten(MOUNT, "echo other", "echo another")),
    "environment-behind-a-copy": (
        _rewritten(ENVIRONMENT, "COPY a.txt /first\nENV V=1", "ENV V=1\nCOPY a.txt /first"),
        _rewritten(ENVIRONMENT, "COPY a.txt /first\nENV V=1", "ENV V=2\nCOPY a.txt /first"),
    ),
    "environment-taken-out": (
        _rewritten(ENVIRONMENT, "COPY a.txt /first\nENV V=1", "ENV V=1\nCOPY a.txt /first"),
        _rewritten(ENVIRONMENT, "ENV V=1\n", ""),
    ),
    "other-tag": (APP, replace(_with(APP, **{"app.py": "print(3)\n"}), tag="other")),
    "spaces": (
        APP,
        _with(_rewritten(APP, "COPY . .", "copy  .   ."), **{"app.py": "print(4)\n"}),
    ),
    "two-causes": (
        ENVIRONMENT,
        _with(_rewritten(ENVIRONMENT, "echo $V", "echo $V$V"), **{"a.txt": "b\n"}),
    ),
}
