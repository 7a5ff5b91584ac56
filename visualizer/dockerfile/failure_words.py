"""What is said to a learner about a RUN that failed; `failures` finds out which of it is true."""

from visualizer.dockerfile.diagnosis import Topic

TOPIC = Topic("A RUN that failed")

NO_PACKAGES = TOPIC.message(
    "no-package-manager",
    "error",
    "`{program}` cannot install anything on the embedded engine.",
    "This engine simulates the commands of a small Linux and has no network, so there is nothing "
    "to install from.",
    "Use what the base image brings along, copy files from the context, or build this Dockerfile "
    "with the Docker engine.",
)
NO_NETWORK = TOPIC.message(
    "no-network",
    "error",
    "`{program}` found no network.",
    "Builds on this site cannot reach the internet: an image is made only of its base and of your "
    "files.",
    "Upload the file beside the Dockerfile and COPY it.",
)
CANNOT_START = TOPIC.message(
    "command-cannot-start",
    "error",
    "The command could not be started: {reason}.",
    "The program has to be a file in the image, executable, and found through PATH. A shell-form "
    "instruction needs a shell in the image too.",
    "Check the spelling, or choose a base image that has the program.",
)
NOT_FOUND = TOPIC.message(
    "command-not-found",
    "error",
    "There is no command `{program}` in this image.",
    "The shell looked in all directories of PATH. A base image holds only what it needs: small "
    "ones have no `bash`, `curl` or `git`.",
    "Check the spelling, install it in an earlier RUN, or choose a base image that has it.",
)
NOT_SIMULATED = TOPIC.message(
    "command-not-simulated",
    "error",
    "There is no command `{program}` on the embedded engine.",
    "This engine simulates the commonest commands of a small Linux, and `{program}` is not one of "
    "them.",
    "Check the spelling, use another command, or build this Dockerfile with the Docker engine.",
)
LIST_AS_COMMAND = TOPIC.message(
    "list-run-as-command",
    "error",
    "The shell looked for a program called `{program}`.",
    "The brackets were meant as a list (the exec form), but without double quotes around every "
    "item Docker hands the whole text to the shell.",
    'Write it as `RUN ["program", "argument"]`, or without brackets.',
)
NOT_EXECUTABLE = TOPIC.message(
    "not-executable",
    "error",
    "`{program}` is there, but it may not be executed.",
    "Exit code 126 means that the file was found and has no permission to run, or is no program.",
    "Copy it with `COPY --chmod=755 …`, or call it through its interpreter: `sh {program}`.",
)
NO_FILE = TOPIC.message(
    "no-such-file",
    "error",
    "`{path}` does not exist at this point of the build.",
    "A step sees the base image and what the steps above made: files of your computer only after a "
    "COPY. The step ran in `{workdir}`.",
    "COPY the file before this step, or check the path and the WORKDIR.",
)
NO_PERMISSION = TOPIC.message(
    "permission-denied",
    "error",
    "`{path}` may not be written or read by this user.",
    "The step runs as `{user}`, and the file belongs to someone else.",
    "Do this before the USER instruction, or copy the files with `COPY --chown={user} …`.",
)
NO_MODULE = TOPIC.message(
    "python-module-missing",
    "error",
    "Python has no module `{module}`.",
    "The base image brings Python's standard library. Everything else has to be installed, or "
    "copied if it is your own file.",
    "{advice}",
)
PYTHON_SYNTAX = TOPIC.message(
    "python-syntax-error",
    "error",
    "Python cannot read the program: {detail}.",
    "The error is in your Python code, not in the Dockerfile. The output names the file "
    "and the line.",
    "Correct the line that the output points at.",
)
PYTHON_ERROR = TOPIC.message(
    "python-error",
    "error",
    "The Python program ended with {detail}.",
    "The last line of the output says what happened, the lines above it where.",
    "Correct the program, or run it in a container instead: CMD says what a container runs.",
)
SHELL_SYNTAX = TOPIC.message(
    "shell-syntax-error",
    "error",
    "The shell cannot read this command.",
    "It says: {detail}. Often a quote or a bracket is not closed, or a backslash at the end of a "
    "line is missing or has a space behind it.",
    "Check quotes, brackets and line ends of the command.",
)
DISK = TOPIC.message(
    "disk-full",
    "error",
    "There is no room left for the files of this step.",
    "Each lab has a limit on how much its images and containers may hold.",
    "Delete images that you do not need, or make smaller files.",
)
PROCESSES = TOPIC.message(
    "too-many-processes",
    "error",
    "The step could not start any more processes.",
    "All builds and containers share one machine, so the number of processes that run at the same "
    "time has a limit. A command that starts itself again and again meets any limit.",
    "Look for a loop or a function that starts processes and does not wait for them.",
)
KILLED = TOPIC.message(
    "step-killed",
    "error",
    "The step was ended from outside (exit code {code}).",
    "It took too long, wanted too much memory, or the build was cancelled.",
    "Let the step do less at a time. A program that runs for ever belongs in CMD.",
)
FAILED = TOPIC.message(
    "run-failed",
    "error",
    "The command ended with exit code {code}.",
    "Programs say with an exit code how it went: 0 means well, everything else stops the build. "
    "`&&` hands on the code of the first command that failed.",
    "Read the last lines of the output; they say what went wrong.",
)
