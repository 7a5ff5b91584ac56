"""Shells: environment, identity, streams, and what runs in them."""

import asyncio
import gc
import time
from collections.abc import Iterator

import pytest

from tests.engine.userland.containers import HOSTNAME, Container, Ran, image, until, write


async def test_a_process_sees_exactly_the_environment_that_docker_gives(
    container: Container,
) -> None:
    ran = await container.run("env", env={"GREETING": "hi"})
    assert sorted(ran.out.splitlines()) == [
        "GREETING=hi",
        "HOME=/root",
        f"HOSTNAME={HOSTNAME}",
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    ]


async def test_the_user_decides_who_one_is(container: Container) -> None:
    ran = await container.sh("id; whoami; echo $HOME; cd; pwd", user="ada")
    assert ran.out == "uid=1001(ada) gid=1002 groups=1002\nada\n/home/ada\n/home/ada\n"


async def test_root_is_the_default(container: Container) -> None:
    assert (await container.sh("id; echo $UID $EUID")).out == (
        "uid=0(root) gid=0(root) groups=0(root)\n0 0\n"
    )


async def test_a_bare_number_is_a_user_without_a_name(container: Container) -> None:
    ran = await container.sh("id -u; whoami", user="4711")
    assert (ran.out, ran.err) == ("4711\n", "whoami: cannot find name for user ID 4711\n")


async def test_the_host_name_is_the_containers(container: Container) -> None:
    assert (await container.sh("hostname; echo $HOSTNAME")).out == f"{HOSTNAME}\n{HOSTNAME}\n"


async def test_exit_codes_come_through(container: Container) -> None:
    assert (await container.sh("exit 7")).code == 7
    assert (await container.run("sh", "-ec", "false; echo no")).code == 1
    assert (await container.sh("kill -9 $$")).code == 137


async def test_standard_input_is_read(container: Container) -> None:
    assert (await container.run("cat", stdin=b"abc\n")).out == "abc\n"
    assert (await container.run("sh", stdin=b"echo from stdin")).out == "from stdin\n"
    assert (await container.sh("cat; echo $1", stdin=b"x\n")).out == "x\n\n"


async def test_a_shell_without_input_ends_at_once(container: Container) -> None:
    ran = await container.run("sh")
    assert (ran.code, ran.out) == (0, "")


async def test_files_are_shared_between_the_processes_of_a_container(container: Container) -> None:
    await container.sh("mkdir -p /data; echo one > /data/log; chmod 600 /data/log")
    await container.python("open('/data/log', 'a').write('two\\n')")
    assert (await container.sh("cat /data/log")).out == "one\ntwo\n"
    assert container.filesystem.stat("/data/log")["mode"] == 0o600


async def test_output_streams_while_the_script_runs(container: Container) -> None:
    ran = Ran()
    process = container.start(["sh", "-c", "echo one; sleep 100; echo two"], ran)
    await until(lambda: ran.out == "one\n")
    assert not process.has_ended


async def test_streams_are_kept_apart(container: Container) -> None:
    ran = await container.sh("echo out; echo err >&2; ls /nope 2>/dev/null")
    assert (ran.out, ran.err) == ("out\n", "err\n")


async def test_shell_features_work(container: Container) -> None:
    ran = await container.sh(
        "x=1; f() { echo f$1; }; f 2; for i in 1 2; do echo $i; done | wc -l; "
        "cat <<E\nhere $x\nE\n[ -f /etc/passwd ] && echo yes; echo $(echo sub); (cd /; pwd); pwd"
    )
    assert ran.out.split() == ["f2", "2", "here", "1", "yes", "sub", "/", "/app"]


async def test_a_sourced_file_runs_in_the_same_shell(container: Container) -> None:
    write(container.filesystem, "/app/vars", "X=from-file\n")
    assert (await container.sh(". ./vars; echo $X")).out == "from-file\n"


async def test_background_jobs_end_with_the_script(container: Container) -> None:
    ran = await container.sh("sleep 100 & echo started")
    assert ran.out == "started\n"
    assert ran.seconds < 90


async def test_ps_lists_the_processes_of_the_container(container: Container) -> None:
    container.start(["sleep", "100"], Ran(), is_init=True)
    lines = (await container.run("ps")).out.splitlines()
    assert [line.split()[0] for line in lines[1:]] == ["1", "7"]
    assert lines[1].endswith("sleep 100")


async def test_what_needs_a_network_fails_as_without_one(container: Container) -> None:
    assert "Unable to locate package git" in (await container.sh("apt-get install -y git")).err
    assert "Could not resolve host: x.org" in (await container.sh("curl http://x.org")).err
    pip = await container.sh("pip install flask")
    assert "No matching distribution found for flask" in pip.err
    assert pip.code == 1


@pytest.mark.parametrize(
    ("shell", "words"),
    [
        ("dash", "sh: 1: nosuch: not found\n"),
        ("busybox", "sh: nosuch: not found\n"),
        ("bash", "sh: line 1: nosuch: command not found\n"),
    ],
)
async def test_each_shell_has_its_own_words(shell: str, words: str) -> None:
    container = Container(image(shell=shell))
    assert (await container.sh("nosuch")).err == words


async def test_ls_shows_owners_and_links(container: Container) -> None:
    write(container.filesystem, "/app/run.sh", "x" * 10, 0o755)
    container.filesystem.symlink("run.sh", "/app/again")
    lines = (await container.run("ls", "-l")).out.splitlines()
    assert lines[0] == "total 8"
    assert lines[1].startswith("lrwxrwxrwx 1 root root  6 ")
    assert lines[1].endswith(" again -> run.sh")
    assert lines[2].startswith("-rwxr-xr-x 1 root root 10 ")


async def test_two_containers_do_not_see_each_other() -> None:
    one, two = Container(image()), Container(image())
    await one.sh("echo secret > /tmp/mine")
    assert (await two.sh("ls /tmp")).out == ""


async def test_touch_makes_files_and_renews_their_time(container: Container) -> None:
    write(container.filesystem, "/app/old", "kept")
    before = container.filesystem.stat("/app/old")["modified"]
    ran = await container.sh("touch 'a b' old; touch -c no; ls; cat old; touch /nope/x")
    assert ran.out == "a b\nold\nkept"
    assert ran.err == "touch: cannot touch '/nope/x': No such file or directory\n"
    assert container.filesystem.stat("/app/old")["modified"] > before


async def test_tools_find_the_containers_files(container: Container) -> None:
    ran = await container.sh(
        "cp -a /etc /tmp/etc; find /tmp/etc -type f; mv /tmp/etc /tmp/e2; ls /tmp/e2; "
        "rm -r /tmp/e2; ln -s /etc/passwd /tmp/link; head -1 /tmp/link; "
        "printf 'b\\na\\n' > /tmp/list; sort /tmp/list; wc -l < /tmp/list; cat /tmp/none"
    )
    assert ran.out.splitlines() == [
        "/tmp/etc/passwd", "passwd", "root:x:0:0:root:/root:/bin/bash", "a", "b", "2",
    ]  # fmt: skip
    assert ran.err == "cat: /tmp/none: No such file or directory\n"


@pytest.mark.parametrize(
    "script",
    [
        "echo new > tool",
        "echo new >> tool",
        "echo new | tee tool",
        "cp other tool",
        "ln -s tool link; echo new > link",
    ],
)
async def test_writing_over_a_file_keeps_its_mode(container: Container, script: str) -> None:
    ran = await container.sh(
        f"echo old > tool; echo other > other; chmod 750 tool; {script}; ls -l tool"
    )
    assert ran.out.splitlines()[-1].startswith("-rwxr-x---"), ran.out + ran.err


async def test_writing_to_both_streams_from_many_commands_loses_nothing(
    container: Container,
) -> None:
    ran = await container.sh(
        "for i in $(seq 80); do echo $i; echo e >&2; sleep 0; whoami; echo a | cat | wc -l; done"
    )
    assert (ran.code, ran.out.count("\n"), ran.err) == (0, 240, "e\n" * 80)


async def test_tail_takes_a_line_to_begin_at(container: Container) -> None:
    ran = await container.sh(
        "seq 4 > f; tail -n +3 f; tail -n2 f; tail -c +7 f; cat f | tail -n +4; tail -n 0 f;"
        "tail -n +9 f; tail -c 3 f; printf 'no end' | tail -n 1; tail -n 99 f | wc -l"
    )
    assert ran.out == "3\n4\n3\n4\n4\n4\n\n4\nno end4\n"


@pytest.fixture
def no_collections() -> Iterator[None]:
    """What other tests have left in memory is not gone over in the middle of a measurement."""
    gc.disable()
    yield
    gc.enable()


@pytest.mark.parametrize(
    "script",
    [
        "tail -n 3 big > /dev/null; tail -n +400000 big | wc -l",
        "touch $(seq 2000)",
        "ls -l many > /dev/null; ls many | wc -l",
    ],
)
async def test_a_large_file_or_folder_does_not_hold_up_the_site(
    container: Container, script: str, no_collections: None
) -> None:
    write(container.filesystem, "/app/big", "x\n" * 4_000_000)
    container.filesystem.mkdir("/app/many")
    for number in range(3000):
        container.filesystem.write_file(f"/app/many/{number}", b"")
    longest = 0.0
    playing = asyncio.ensure_future(container.sh(script))
    while not playing.done():
        began = time.thread_time()
        await asyncio.sleep(0)
        # Processor time of this thread's turn, so that a busy machine does not count.
        longest = max(longest, time.thread_time() - began)
        await asyncio.sleep(0.001)
    assert (await playing).code == 0
    assert longest < 0.15, longest
