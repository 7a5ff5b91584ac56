"""Python in a container is a real CPython that sees the container, and nothing else."""

import asyncio

import pytest

from tests.engine.userland.containers import HOSTNAME, Container, Ran, until, write


async def test_a_script_has_its_arguments_and_its_own_folder(container: Container) -> None:
    write(container.filesystem, "/app/helper.py", "X = 5\n")
    write(
        container.filesystem,
        "/app/main.py",
        "import os, sys, helper\n"
        "print(sys.argv, __file__, sys.path[0], os.getcwd(), helper.X)\nsys.exit(4)\n",
    )
    ran = await container.run("python", "main.py", "a", "b")
    assert ran.out == "['main.py', 'a', 'b'] /app/main.py /app /app 5\n"
    assert ran.code == 4


async def test_the_environment_is_the_processs_own(container: Container) -> None:
    ran = await container.python(
        "import os; print(sorted(os.environ))", env={"A": "1", "PYTHONPATH": "/x"}
    )
    assert ran.out == "['A', 'HOME', 'HOSTNAME', 'PATH', 'PYTHONPATH']\n"


async def test_it_knows_its_host_name_and_its_user(container: Container) -> None:
    ran = await container.python(
        "import getpass, os, platform, socket\n"
        "print(socket.gethostname(), platform.node(), os.uname().nodename)\n"
        "print(os.getuid(), os.getpid(), getpass.getuser())",
        is_init=True,
    )
    assert ran.out == f"{HOSTNAME} {HOSTNAME} {HOSTNAME}\n0 1 root\n"


async def test_output_comes_while_it_sleeps(container: Container) -> None:
    ran = Ran()
    process = container.start(
        ["python3", "-c", "import time; print('one', flush=True); time.sleep(60)"], ran
    )
    await until(lambda: ran.out == "one\n")
    assert not process.has_ended


async def test_standard_input_and_code_from_it(container: Container) -> None:
    assert (await container.python("print(input())", stdin=b"line\n")).out == "line\n"
    assert (await container.run("python3", stdin=b"print(6 * 7)")).out == "42\n"
    assert (
        await container.sh("echo 'print(1)' | python3 -; python3 - a <<E\nprint(2)\nE")
    ).out == ("1\n2\n")


async def test_a_traceback_goes_to_the_standard_error(container: Container) -> None:
    ran = await container.python("1 / 0")
    assert ran.err.endswith("ZeroDivisionError: division by zero\n")
    assert (ran.code, ran.out) == (1, "")


async def test_files_work_as_files_do(container: Container) -> None:
    ran = await container.python(
        "import os, shutil, sqlite3, tempfile\n"
        "os.makedirs('/data/a/b'); open('/data/a/b/f', 'w').write('x' * 20000)\n"
        "with open('/data/a/b/f', 'r+') as f: f.seek(5); f.write('YY'); f.truncate(9)\n"
        "print(open('/data/a/b/f').read(), os.stat('/data/a/b/f').st_size)\n"
        "shutil.copytree('/data/a', '/data/c'); os.rename('/data/c/b/f', '/data/c/g')\n"
        "os.symlink('g', '/data/c/link')\n"
        "print(open('/data/c/link').read(), os.listdir('/data/c'))\n"
        "shutil.rmtree('/data/a'); print(os.path.exists('/data/a'))\n"
        "with tempfile.TemporaryFile() as t: t.write(b'ab'); t.seek(0); print(t.read())\n"
        "db = sqlite3.connect('/data/db'); db.execute('create table t(x)')\n"
        "db.execute('insert into t values (1)'); db.commit()\n"
        "print(db.execute('select x from t').fetchall())\n"
    )
    assert ran.err == ""
    first, second, *rest = ran.out.splitlines()
    assert first == "xxxxxYYxx 9"
    assert second.startswith("xxxxxYYxx [")
    assert rest == ["False", "b'ab'", "[(1,)]"]


async def test_folders_beside_the_standard_library_are_seen(container: Container) -> None:
    write(container.filesystem, "/usr/src/app/a.py", "print(open('b').read())")
    write(container.filesystem, "/usr/src/app/b", "hello")
    assert (await container.run("python3", "a.py", cwd="/usr/src/app")).out == "hello\n"


async def test_a_shell_and_a_running_python_see_each_others_files(container: Container) -> None:
    ran = Ran()
    process = container.start(
        [
            "python3", "-uc",
            "import os, time\nopen('/tmp/up', 'w').close()\n"
            "while not os.path.exists('/tmp/stop'): time.sleep(0.05)\nprint('stopped')",
        ],
        ran,
    )  # fmt: skip
    await until(lambda: container.filesystem.exists("/tmp/up"))
    await container.sh("touch /tmp/stop")
    assert (await asyncio.wait_for(process.wait(), 60)).exit_code == 0
    assert ran.out == "stopped\n"


async def test_asyncio_runs(container: Container) -> None:
    ran = await container.python(
        "import asyncio\nasync def main():\n"
        "  print(await asyncio.gather(asyncio.sleep(0.01, 1), asyncio.sleep(0.01, 2)))\n"
        "asyncio.run(main())"
    )
    assert ran.out == "[1, 2]\n"


async def test_there_is_no_network_and_no_other_process(container: Container) -> None:
    for code, error in {
        "import socket; socket.socket()": "OSError",
        "import urllib.request as r; r.urlopen('http://example.com')": "URLError",
        "import subprocess; subprocess.run(['ls'])": "OSError",
        "import socket; socket.gethostbyname('example.com')": "gaierror",
    }.items():
        ran = await container.python(code)
        assert ran.code == 1
        assert error in ran.err.splitlines()[-1]


async def test_no_path_leads_out_of_the_container(container: Container) -> None:
    container.filesystem.symlink("/../../../../etc", "/app/out")
    ran = await container.python(
        "import os\n"
        "print(open('/app/../../../../../etc/passwd').readline().strip())\n"
        "print(open('/app/out/passwd').readline().strip())\n"
        "print(sorted(os.listdir('/')), os.path.exists('/proc/self/environ'))"
    )
    lines = ran.out.splitlines()
    assert lines[:2] == ["root:x:0:0:root:/root:/bin/bash"] * 2
    names = sorted(entry["name"] for entry in container.filesystem.read_dir("/"))
    assert lines[2] == f"{names} False"


async def test_many_sleeping_pythons_start_and_end(container: Container) -> None:
    ran = Ran()
    processes = [
        container.start(["python3", "-uc", "import time; print('up'); time.sleep(600)"], ran)
        for _ in range(16)
    ]
    # Unbuffered, a line and its end are two writes: those of others may come between them.
    await until(lambda: ran.out.count("up") == 16, 180)
    refused = await container.python("print(1)")
    assert "Resource temporarily unavailable" in refused.err
    container.userland.close()
    assert {(await process.wait()).exit_code for process in processes} == {137}


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("open('x')", "[Errno 2] No such file or directory: 'x'"),
        ("import os; os.mkdir('/app')", "[Errno 17] File exists: '/app'"),
        ("open('/app')", "[Errno 21] Is a directory: '/app'"),
        ("import os; os.rmdir('/etc')", "[Errno 39] Directory not empty: '/etc'"),
        (
            "x = [open('/etc/passwd') for _ in range(999)]",
            "[Errno 24] Too many open files: '/etc/passwd'",
        ),
        (
            "import os; os.symlink('l', 'l'); open('l')",
            "[Errno 40] Too many levels of symbolic links: 'l'",
        ),
    ],
)
async def test_errors_have_the_numbers_and_words_of_linux(
    container: Container, code: str, words: str
) -> None:
    uncaught = await container.python(code)
    assert uncaught.err.splitlines()[-1].endswith(f"Error: {words}")
    if uncaught.err.endswith("'l'\n"):
        container.filesystem.remove("/app/l")
    body = code.replace("; ", "\n  ")
    caught = await container.python(
        f"import errno\ntry:\n  {body}\nexcept OSError as e:\n"
        "  print(e); print(e.args[0] == e.errno, errno.errorcode[e.errno])"
    )
    assert caught.out.splitlines()[0] == words
    assert caught.out.splitlines()[1].startswith("True E")


async def test_an_error_that_the_program_makes_keeps_its_number(container: Container) -> None:
    ran = await container.python(
        "import errno, os\n"
        "try: raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), 'f')\n"
        "except OSError as e: print(e)\n"
        "try: raise OSError(28, 'Invalid argument?')\n"
        "except OSError as e: print(e)\n"
    )
    assert ran.out == "[Errno 2] No such file or directory: 'f'\n[Errno 28] Invalid argument?\n"


async def test_a_script_that_is_not_there_is_told_of_as_python_does(container: Container) -> None:
    ran = await container.run("python3", "nope.py")
    assert ran.code == 2
    assert (
        ran.err == "python3: can't open file '/app/nope.py': [Errno 2] No such file or directory\n"
    )


async def test_processor_time_is_in_seconds(container: Container) -> None:
    ran = await container.python("import time; sum(range(10**6)); print(time.process_time() < 30)")
    assert ran.out == "True\n"
