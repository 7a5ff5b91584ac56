"""Text to instructions, instructions to a plan, and plain words for what is wrong with either.

Pure: it imports Docker's parser (PyPI `dockerfile`), msgspec and the vocabulary, nothing else. The
parser embeds a Go runtime, so do not fork a process after importing this package.
"""

from visualizer.dockerfile.bases import Bases
from visualizer.dockerfile.config import apply_config, base_config, changed_field, env_of
from visualizer.dockerfile.context import ContextFile, ContextFiles
from visualizer.dockerfile.copying import CopyError, CopyPair, resolve_copy, select
from visualizer.dockerfile.diagnose import diagnose
from visualizer.dockerfile.diagnosis import Problem, located
from visualizer.dockerfile.failures import diagnose_failure
from visualizer.dockerfile.ignore import ignored
from visualizer.dockerfile.lexer import ExpansionError, expand, split_words
from visualizer.dockerfile.operations import (
    DEFAULT_PATH,
    DEFAULT_SHELL,
    Arg,
    BaseImage,
    Cmd,
    Copy,
    Entrypoint,
    Env,
    ExecCommand,
    Expose,
    From,
    Healthcheck,
    Label,
    Maintainer,
    Mount,
    OnBuild,
    Operation,
    Run,
    Shell,
    ShellCommand,
    StopSignal,
    User,
    Volume,
    Workdir,
)
from visualizer.dockerfile.parser import Dockerfile, Instruction, parse
from visualizer.dockerfile.plan import PlanError, plan
from visualizer.dockerfile.policy import check_policy
from visualizer.dockerfile.reference import reference
from visualizer.dockerfile.steps import Plan, Stage, Step, Unresolved
from visualizer.dockerfile.suggest import nearest
from visualizer.dockerfile.text import Heredoc

__all__ = [
    "DEFAULT_PATH",
    "DEFAULT_SHELL",
    "Arg",
    "BaseImage",
    "Bases",
    "Cmd",
    "ContextFile",
    "ContextFiles",
    "Copy",
    "CopyError",
    "CopyPair",
    "Dockerfile",
    "Entrypoint",
    "Env",
    "ExecCommand",
    "ExpansionError",
    "Expose",
    "From",
    "Healthcheck",
    "Heredoc",
    "Instruction",
    "Label",
    "Maintainer",
    "Mount",
    "OnBuild",
    "Operation",
    "Plan",
    "PlanError",
    "Problem",
    "Run",
    "Shell",
    "ShellCommand",
    "Stage",
    "Step",
    "StopSignal",
    "Unresolved",
    "User",
    "Volume",
    "Workdir",
    "apply_config",
    "base_config",
    "changed_field",
    "check_policy",
    "diagnose",
    "diagnose_failure",
    "env_of",
    "expand",
    "ignored",
    "located",
    "nearest",
    "parse",
    "plan",
    "reference",
    "resolve_copy",
    "select",
    "split_words",
]
