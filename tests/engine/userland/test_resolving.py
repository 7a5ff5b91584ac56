"""What a container can run is what its file system holds."""

import pytest
from bashkit import FileSystem

from tests.engine.userland.containers import Container, image, write
from visualizer.engine.embedded.userland import CannotStart


async def refusal(container: Container, *argv: str, **options: object) -> CannotStart:
    with pytest.raises(CannotStart) as caught:
        await container.run(*argv, **options)
    return caught.value


async def test_a_command_is_found_through_path(container: Container) -> None:
    ran = await container.run("echo", "hello", "a b")
    assert (ran.out, ran.code) == ("hello a b\n", 0)


async def test_a_missing_command_is_refused_in_runcs_words(container: Container) -> None:
    refused = await refusal(container, "nosuch")
    assert refused.exit_code == 127
    assert refused.message == 'exec: "nosuch": executable file not found in $PATH'


async def test_a_missing_path_is_refused_in_runcs_words(container: Container) -> None:
    refused = await refusal(container, "/bin/nosuch")
    assert refused.message == 'exec: "/bin/nosuch": stat /bin/nosuch: no such file or directory'
    assert refused.exit_code == 127


async def test_a_file_that_is_not_executable_is_refused(container: Container) -> None:
    write(container.filesystem, "/app/run", "#!/bin/sh\n")
    refused = await refusal(container, "./run")
    assert (refused.exit_code, refused.message) == (126, 'exec: "./run": permission denied')


async def test_a_directory_is_refused(container: Container) -> None:
    assert (await refusal(container, "/app")).exit_code == 126


async def test_text_without_a_shebang_is_no_program_for_the_kernel(container: Container) -> None:
    write(container.filesystem, "/app/run", "echo hi\n", 0o755)
    assert (await refusal(container, "/app/run")).message == "exec /app/run: exec format error"


async def test_text_without_a_shebang_is_a_script_for_a_shell(container: Container) -> None:
    write(container.filesystem, "/app/run", "echo $0 $1\n", 0o755)
    assert (await container.sh("./run it")).out == "./run it\n"


async def test_a_shebang_with_a_carriage_return_names_no_interpreter(container: Container) -> None:
    write(container.filesystem, "/app/run", "#!/bin/sh\r\necho hi\r\n", 0o755)
    refused = await refusal(container, "/app/run")
    assert refused.message == "exec /app/run: no such file or directory"


async def test_nothing_runs_in_an_empty_image() -> None:
    refused = await refusal(Container(FileSystem()), "sh", "-c", "true")
    assert refused.exit_code == 127


async def test_an_unknown_user_is_refused(container: Container) -> None:
    refused = await refusal(container, "id", user="bob")
    assert "unable to find user bob" in refused.message


async def test_scripts_run_by_the_interpreter_of_their_shebang(container: Container) -> None:
    write(container.filesystem, "/app/a.py", "#!/usr/bin/env python3\nprint(6 * 7)\n", 0o755)
    write(container.filesystem, "/app/a.sh", '#!/bin/sh\necho "$0 $1"\n', 0o755)
    write(container.filesystem, "/usr/bin/env", "#!layercake:env\n", 0o755)
    assert (await container.run("./a.py")).out == "42\n"
    assert (await container.run("/app/a.sh", "x")).out == "/app/a.sh x\n"
    assert (await container.sh("./a.py; /app/a.sh y; cd /; app/a.py")).out == (
        "42\n/app/a.sh y\n42\n"
    )


async def test_an_entrypoint_script_becomes_its_command(container: Container) -> None:
    write(container.filesystem, "/entry.sh", '#!/bin/sh\nset -e\necho up\nexec "$@"\n', 0o755)
    ran = await container.run("/entry.sh", "python3", "-c", "import sys; sys.exit(3)")
    assert (ran.out, ran.code) == ("up\n", 3)


async def test_a_command_that_the_image_lacks_is_unknown_to_its_shell() -> None:
    container = Container(image(without=["ls"]))
    ran = await container.sh("ls; echo $?; /bin/ls; command -v ls || echo none")
    assert ran.out == "127\nnone\n"
    assert ran.err == "sh: 1: ls: not found\nsh: 1: /bin/ls: not found\n"


async def test_a_removed_command_is_gone(container: Container) -> None:
    await container.sh("rm /bin/grep")
    assert (await container.sh("grep x /etc/passwd")).code == 127


async def test_a_copied_command_works_under_its_new_name(container: Container) -> None:
    ran = await container.sh("cp /bin/echo /tmp/say; /tmp/say hi; X=/tmp/say; $X again")
    assert ran.out == "hi\nagain\n"


async def test_busybox_plays_the_name_it_is_called_by() -> None:
    container = Container(image(shell="busybox", without=["cat"]))
    container.filesystem.symlink("/bin/busybox", "/bin/cat")
    ran = await container.sh("cat /etc/passwd | head -1; nosuch; bash -c true")
    assert ran.out == "root:x:0:0:root:/root:/bin/bash\n"
    assert ran.err == "sh: nosuch: not found\nsh: bash: not found\n"


async def test_a_script_that_extends_path_finds_its_own_programs(container: Container) -> None:
    container.filesystem.mkdir("/app/tools")
    write(container.filesystem, "/app/tools/greet", "#!/bin/python3\nprint('hi')\n", 0o755)
    assert (await container.sh("export PATH=$PATH:/app/tools; greet")).out == "hi\n"
