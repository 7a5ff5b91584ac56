"""Planning: targets, arguments from outside, the graph, and what stops a build."""

import pytest

from tests.dockerfile.samples import CATALOGUE, FILES, bases
from visualizer.dockerfile import (
    BaseImage,
    ContextFiles,
    PlanError,
    apply_config,
    changed_field,
    parse,
    plan,
)
from visualizer.dockerfile.operations import (
    Cmd,
    Copy,
    Entrypoint,
    Env,
    Expose,
    From,
    Maintainer,
    Run,
    ShellCommand,
    Workdir,
)
from visualizer.dockerfile.steps import Plan, Unresolved

CONTEXT = ContextFiles.from_bytes(FILES)


def planned(source: str, **options: object) -> Plan:
    return plan(parse(source), context=CONTEXT, bases=bases, catalogue=CATALOGUE, **options)  # type: ignore[arg-type]


def refusal(source: str, **options: object) -> str:
    with pytest.raises(PlanError) as error:
        planned(source, **options)
    return error.value.diagnosis.code


THREE = """ARG VERSION=3.20
FROM alpine:$VERSION AS base
ARG COLOUR=red
RUN echo $COLOUR
FROM base AS test
RUN echo test
FROM base AS final
CMD ["sh"]
"""


def test_a_target_is_built_with_what_it_needs_and_nothing_else() -> None:
    made = planned(THREE, target="test")
    assert made.target_stage == 1
    assert [stage.needed for stage in made.stages] == [True, True, False]
    assert [step.step for step in made.steps if step.skipped] == [6, 7]
    assert planned(THREE, target="TEST").target_stage == 1


def test_an_unknown_target_is_refused() -> None:
    assert refusal(THREE, target="nothing") == "unknown-target"
    assert planned(THREE).target_stage == 2


def test_build_arguments_replace_defaults_in_from_and_in_stages() -> None:
    made = planned(THREE, args={"COLOUR": "blue"})
    run = made.step(3).operation
    assert isinstance(run, Run)
    assert run.args == {"COLOUR": "blue"}
    assert run.env["COLOUR"] == "blue"
    assert made.args == {"VERSION": "3.20"}
    assert refusal(THREE, args={"VERSION": "9"}) == "unknown-image"


def test_arguments_that_nobody_declares_are_listed() -> None:
    given = {"COLOUR": "x", "OTHER": "y", "HTTP_PROXY": "z", "TARGETARCH": "arm64"}
    assert planned(THREE, args=given).unused_args == ("OTHER",)


def test_an_argument_is_not_in_the_image() -> None:
    made = planned(THREE)
    assert not any("COLOUR" in pair for pair in made.config["Env"])


def test_steps_are_numbered_in_the_order_of_the_file_and_global_arguments_are_none() -> None:
    made = planned(THREE)
    assert [step.step for step in made.steps] == list(range(1, 8))
    assert made.steps[0].instruction == "FROM"
    assert made.stages[1].steps == (4, 5)
    assert made.stages[0].last_step == 3


def test_a_stage_needs_the_last_step_of_the_one_it_begins_with() -> None:
    made = planned(THREE)
    assert made.step(4).needs == (3,)
    assert made.step(6).needs == (3,)


def test_planned_steps_are_what_the_tape_tells() -> None:
    step = planned(THREE).planned()[0]
    assert (step.step, step.stage, step.stage_name, step.makes) == (1, 0, "base", "base")
    assert (step.line_start, step.line_end, step.text) == (2, 2, "FROM alpine:$VERSION AS base")


def test_lines_and_text_of_a_continued_instruction() -> None:
    step = planned("FROM alpine:3.20\nRUN echo one \\\n  # no\n  && echo two\n").steps[1]
    assert (step.line_start, step.line_end) == (2, 4)
    assert step.text == "RUN echo one   && echo two"


def test_images_of_stages_that_are_not_needed_are_not_looked_up() -> None:
    made = planned("FROM nothing:1 AS a\nFROM alpine:3.20\n")
    operation = made.step(1).operation
    assert isinstance(operation, From)
    assert operation.base is None


def test_a_mistake_in_the_form_stops_the_build_even_in_a_stage_that_is_not_needed() -> None:
    assert refusal("FROM alpine:3.20 AS a\nCOPY --x=1 a b\nFROM alpine:3.20\n") == "unknown-flag"
    made = planned("FROM alpine:3.20 AS a\nCOPY missing /\nFROM alpine:3.20\n")
    assert isinstance(made.step(2).operation, Unresolved)


def test_triggers_of_the_base_become_steps_on_the_line_of_the_from() -> None:
    made = planned("FROM onbuild:1\nRUN ls\n")
    triggers = [step for step in made.steps if step.trigger]
    assert [step.instruction for step in triggers] == ["WORKDIR", "COPY", "RUN"]
    assert {(step.line_start, step.line_end) for step in triggers} == {(1, 1)}
    assert all("ONBUILD" in step.text for step in triggers)
    assert "OnBuild" not in made.config


def test_a_broken_trigger_is_refused() -> None:
    base = BaseImage({"OnBuild": ["RUN a\nRUN b"]}, "x", "y")
    with pytest.raises(PlanError) as error:
        plan(parse("FROM x:1\n"), context=CONTEXT, bases=lambda name: base)
    assert error.value.diagnosis.code == "unreadable-instruction"


def test_shell_forms_carry_the_shell() -> None:
    made = planned('FROM alpine:3.20\nSHELL ["/bin/ash", "-ec"]\nRUN ls\nCMD ls\n')
    run, cmd = made.steps[2].operation, made.steps[3].operation
    assert isinstance(run, Run)
    assert run.argv == ("/bin/ash", "-ec", "ls")
    assert cmd == Cmd(("/bin/ash", "-ec", "ls"), shell_form=True)


def test_a_heredoc_with_a_shebang_becomes_a_file() -> None:
    run = planned("FROM alpine:3.20\nRUN <<-X\n\t#!/bin/sh\n\techo $A\n\tX\n").steps[1].operation
    assert isinstance(run, Run)
    assert run.command == ShellCommand("/dev/pipes/X", {"/dev/pipes/X": "#!/bin/sh\necho $A\n"})


def test_a_run_knows_directory_and_user() -> None:
    run = planned("FROM alpine:3.20\nWORKDIR /a/b\nUSER ada\nRUN ls\n").steps[3].operation
    assert isinstance(run, Run)
    assert (run.workdir, run.user, run.env["PATH"]) == ("/a/b", "ada", bases_path())


def bases_path() -> str:
    return "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def test_copy_knows_where_it_copies_from() -> None:
    made = planned(
        "FROM alpine:3.20 AS a\nRUN touch /x\nFROM alpine:3.20\n"
        "COPY --from=a --chmod=755 --chown=1 /x /y\nCOPY --from=nginx:1.27 /x /z\nADD app.py /\n"
    )
    stage, image, add = (step.operation for step in made.steps[3:])
    assert isinstance(stage, Copy)
    assert isinstance(image, Copy)
    assert isinstance(add, Copy)
    assert (stage.from_stage, stage.chmod, stage.chown, stage.of_context) == (0, "755", "1", False)
    assert (image.from_stage, image.from_image) == (None, "nginx:1.27")
    assert (add.is_add, add.unpack, add.of_context) == (True, True, True)


@pytest.mark.parametrize(
    ("config", "operation", "field", "expected"),
    [
        ({"Env": ["A=1", "B=2"]}, Env((("A", "3"), ("C", "4"))), "Env", ["A=3", "B=2", "C=4"]),
        ({"Env": None}, Env((("A", "="),)), "Env", ["A=="]),
        ({"Cmd": ["x"]}, Cmd(("a", "b")), "Cmd", ["a", "b"]),
        ({}, Cmd(()), "Cmd", []),
        ({}, Entrypoint(("a",)), "Entrypoint", ["a"]),
        ({"Entrypoint": ["x"]}, Entrypoint(()), "Entrypoint", None),
        ({}, Workdir("/a"), "WorkingDir", "/a"),
        (
            {"ExposedPorts": {"1/tcp": {}}},
            Expose(("2/udp",)),
            "ExposedPorts",
            {"1/tcp": {}, "2/udp": {}},
        ),
    ],
)
def test_an_operation_sets_its_field(
    config: dict[str, object], operation: Env, field: str, expected: object
) -> None:
    assert apply_config(config, operation).get(field) == expected
    assert changed_field(operation) == field


def test_some_operations_leave_the_config_alone() -> None:
    for operation in (Maintainer("x"), Copy(("a",), "b")):
        assert apply_config({"A": 1}, operation) == {"A": 1}
        assert changed_field(operation) is None


def test_an_entrypoint_resets_an_inherited_command_only() -> None:
    assert "Cmd" not in apply_config({"Cmd": ["x"]}, Entrypoint(("a",)))
    assert apply_config({"Cmd": ["x"]}, Entrypoint(("a",), resets_cmd=False))["Cmd"] == ["x"]


def test_a_from_brings_the_config_of_its_base() -> None:
    base = BaseImage({"Env": ["A=1"], "OnBuild": ["RUN x"], "Cmd": ["y"]})
    config = apply_config({"Cmd": ["old"]}, From(image="x", base=base))
    assert config == {"Env": ["A=1", f"PATH={bases_path()}"], "Cmd": ["y"]}
    assert apply_config({"Cmd": ["kept"]}, From(stage=0))["Cmd"] == ["kept"]
    assert apply_config({"Cmd": ["old"]}, From(scratch=True))["WorkingDir"] == "/"


def test_several_files_without_a_slash_are_refused_only_if_that_is_certainly_wrong() -> None:
    start = "FROM alpine:3.20\n"
    copy = "COPY app.py requirements.txt "
    assert refusal(f"{start}{copy}/new\n") == "copy-several-needs-slash"
    assert refusal(f"FROM scratch\n{copy}/tmp\n") == "copy-several-needs-slash"
    for fine in (f"{copy}/tmp", f"WORKDIR /a/b\n{copy}/a", f"RUN mkdir /new\n{copy}/new"):
        assert planned(f"{start}{fine}\n").steps
    base = "FROM alpine:3.20 AS base\nWORKDIR /new\nFROM base\nWORKDIR /\n"
    assert planned(f"{base}{copy}/new\n").steps
