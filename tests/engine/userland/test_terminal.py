"""An interactive shell, as someone at a keyboard meets it."""

from tests.engine.userland.containers import HOSTNAME, Container, Typist, image, typing, write

PROMPT = f"root@{HOSTNAME}:/app# "


async def test_it_shows_a_prompt_and_runs_lines(container: Container) -> None:
    async with typing(container, "bash") as typist:
        assert typist.shown == PROMPT
        assert await typist.types("echo hi\r") == "echo hi\r\nhi\r\n"


async def test_the_prompt_is_the_shells_own() -> None:
    async with typing(Container(image(shell="busybox")), "sh", prompt="/app # ") as typist:
        assert typist.shown == "/app # "
    async with typing(Container(image()), "sh", user="ada", prompt="$ ") as typist:
        assert typist.shown == "$ "


async def test_cd_variables_functions_and_status_are_remembered(container: Container) -> None:
    async with typing(container, "bash") as typist:
        await typist.types("cd /tmp; X=5; f() { echo f$X; }\r")
        await typist.sees(f"root@{HOSTNAME}:/tmp# ")
        assert (await typist.types("f\r")).endswith("f5\r\n")
        await typist.types("false\r")
        assert (await typist.types("echo $?\r")).endswith("1\r\n")
        await typist.types("cd\r")
        await typist.sees(f"root@{HOSTNAME}:~# ")


async def test_a_command_may_take_several_lines(container: Container) -> None:
    async with typing(container, "bash") as typist:
        shown = await typist.types("for i in 1 2\rdo echo n$i\rdone\r")
        assert shown.endswith("n1\r\nn2\r\n")
        assert shown.count("\r\n> ") == 2
        assert (await typist.types("cat <<E\rhere\rE\r")).endswith("here\r\n")
        assert (await typist.types("echo 'a\rb'\r")).endswith("a\r\nb\r\n")


async def test_ctrl_c_stops_what_runs_and_the_shell_lives_on(container: Container) -> None:
    async with typing(container, "bash") as typist:
        for command in ("sleep 60", "while :; do sleep 0.05; done", "cat"):
            typist.process.write(command.encode() + b"\r")
            await typist.sees(f"{command}\r\n")
            assert "^C" in await typist.answers("\x03")
            assert (await typist.types("echo $?\r")).endswith("130\r\n")


async def test_ctrl_c_leaves_a_line_that_is_typed(container: Container) -> None:
    async with typing(container, "bash") as typist:
        assert "^C\r\n" in await typist.types("echo no\x03")
        assert (await typist.types("echo yes\r")).endswith("yes\r\n")


async def test_history_and_editing_keys(container: Container) -> None:
    async with typing(container, "bash") as typist:
        await typist.types("echo one\r")
        await typist.types("echo two\r")
        assert (await typist.types("\x1b[A\x1b[A\r")).endswith("one\r\n")
        assert (await typist.types("xecho mid\x01\x1b[3~\x05dle\r")).endswith("middle\r\n")
        assert (await typist.types("echo gone gone\x17\x17kept\r")).endswith("kept\r\n")
        assert "  1  echo one" in await typist.types("history\r")


async def test_tab_completes_commands_and_paths(container: Container) -> None:
    write(container.filesystem, "/app/report.txt", "content\n")
    async with typing(container, "bash") as typist:
        assert (await typist.types("cat rep\t\r")).endswith("content\r\n")
        assert (await typist.types("who\tami\x15whoa\t\r")).endswith("root\r\n")


async def test_python_is_interactive(container: Container) -> None:
    async with typing(container, "bash") as typist:
        typist.process.write(b"python3\r")
        await typist.sees(">>> ")
        typist.process.write(b"6*7\r")
        await typist.sees("42\r\n")
        await typist.answers("exit()\r")
        assert (await typist.types("echo back\r")).endswith("back\r\n")


async def test_a_program_reads_lines_from_the_terminal(container: Container) -> None:
    async with typing(container, "bash") as typist:
        typist.process.write(b"python3 -c 'print(input()[::-1])'\r")
        await typist.sees("'\r\n")
        assert (await typist.answers("abX\x7fc\r")).endswith("cba\r\n")
        await typist.types("cat > note\rtwo\rlines\r\x04")
        assert (await typist.types("wc -l note\r")).endswith("2 note\r\n")


async def test_exit_and_ctrl_d_leave_the_shell(container: Container) -> None:
    async with typing(container, "bash") as typist:
        typist.process.write(b"exit 7\r")
        assert (await typist.ends()).exit_code == 7
    async with typing(container, "bash") as typist:
        typist.process.write(b"false\r\x04")
        assert (await typist.ends()).exit_code == 1


async def test_a_program_instead_of_a_shell(container: Container) -> None:
    async with typing(container, "python3", prompt=">>> ") as typist:
        typist.process.write(b"2**10\r")
        await typist.sees("1024\r\n")
        typist.process.write(b"\x04")
        assert (await typist.ends()).exit_code == 0


async def test_ls_uses_the_width_of_the_terminal(container: Container) -> None:
    for name in ("aa", "bb", "cc"):
        write(container.filesystem, f"/app/{name}", "")
    async with typing(container, "bash", columns=40) as typist:
        assert (await typist.types("ls\r")).endswith("aa  bb  cc\r\n")
        assert (await typist.types("ls | cat\r")).endswith("aa\r\nbb\r\ncc\r\n")


async def test_a_syntax_error_is_told_and_forgotten(container: Container) -> None:
    async with typing(container, "bash") as typist:
        assert "syntax error near unexpected token `fi'" in await typist.types("fi\r")
        assert (await typist.types("echo ok\r")).endswith("ok\r\n")


async def test_a_job_in_the_background_gives_the_prompt_back(container: Container) -> None:
    async with typing(container, "bash") as typist:
        assert "[1] " in await typist.types("sleep 60 &\r")
        assert (await typist.types("echo here\r")).endswith("here\r\n")


async def test_an_endless_loop_ends_and_the_shell_lives_on(container: Container) -> None:
    async with typing(container, "bash") as typist:
        assert "limit: commands" in await typist.types("while :; do :; done\r")
        assert (await typist.types("echo ok\r")).endswith("ok\r\n")


async def test_a_shell_that_crashes_ends_with_a_segmentation_fault(container: Container) -> None:
    async with typing(container, "bash") as typist:
        typist.process.write(b'x=\'eval "$x"\'; eval "$x"\r')
        assert (await typist.ends()).exit_code == 139
        assert "Segmentation fault" in typist.shown


async def test_keys_typed_before_the_shell_is_there_are_not_lost(container: Container) -> None:
    typist = Typist(container, ["sh"])
    typist.process.write(b"echo ear''ly\r")
    await typist.sees("\nearly\r\n")
    typist.process.signal("SIGKILL")
    await typist.ends()


async def test_lines_typed_before_a_program_reads_reach_it(container: Container) -> None:
    typist = Typist(container, ["cat"])
    typist.process.write(b"one\rtwo\r\x04")
    assert (await typist.ends()).exit_code == 0
    assert typist.shown.count("two") == 2
