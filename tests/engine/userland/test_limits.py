"""Whatever a learner runs: it is stopped, it says so, and the site goes on."""

import asyncio
from dataclasses import replace

import pytest

from tests.engine.userland.containers import Container, image
from visualizer.engine.limits import Limits

STOPPED = {
    "an endless loop": ("while :; do :; done", "commands"),
    "a variable that doubles": ("x=a; while :; do x=$x$x; done", "memory_bytes"),
    "eval of itself": ('x=\'eval "$x"\'; eval "$x"', "memory_bytes"),
    "a long sleep": ("sleep 1000", "seconds"),
    "awk without end": ("awk 'BEGIN { while (1) s = s \"xxxxxxxxxx\" }'", "seconds"),
    "jobs that wait": ("sleep 100 & sleep 100 & wait", "seconds"),
}
HARMLESS = {
    "a fork bomb": ":(){ :|:& };:",
    "a function that calls itself": "f() { f; }; f",
    "a script that starts itself": (
        "printf '#!/bin/sh\\n/tmp/r\\n' > /tmp/r; chmod +x /tmp/r; /tmp/r"
    ),
    "a script that starts itself by a variable": (
        "printf '#!/bin/sh\\nX=/tmp/r\\n$X\\n' > /tmp/r; chmod +x /tmp/r; /tmp/r"
    ),
    "a shell in a shell in a shell": ("printf '/bin/sh /tmp/r\\n' > /tmp/r; /bin/sh /tmp/r"),
    "a huge range": "echo {1..999999999} | wc -c",
    "a huge width": "printf '%1000000000d' 1 | wc -c",
    "zeros without end": "cat /dev/zero | wc -c",
    "yes": "yes | head -3",
    "a regular expression that backtracks": (
        "echo aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa! | grep -E '^(a+)+$'"
    ),
    "deep brackets": f"echo $(( {'(' * 3000} 1 {')' * 3000} ))",
}


@pytest.mark.parametrize("what", STOPPED)
async def test_it_stops(container: Container, what: str) -> None:
    script, limit = STOPPED[what]
    # Where it is not the time that ends it, a slow machine has enough of it.
    ran = await container.sh(script, seconds=3 if limit == "seconds" else 120)
    assert ran.ended.limit == limit
    assert ran.code in (137, 139)


@pytest.mark.parametrize("what", HARMLESS)
async def test_it_ends_and_another_command_works(container: Container, what: str) -> None:
    await container.sh(HARMLESS[what], seconds=10)
    assert (await container.sh("echo well")).out == "well\n"


@pytest.mark.parametrize(
    ("code", "limit"),
    [
        ("while True: pass", "seconds"),
        ("x = []\nwhile True: x.append('a' * 10**6)", "memory_bytes"),
    ],
)
async def test_python_is_stopped(container: Container, code: str, limit: str) -> None:
    ran = await container.python(code, seconds=5 if limit == "seconds" else 120)
    assert ran.ended.limit == limit
    assert ran.code != 0


async def test_python_may_not_fill_the_disk() -> None:
    container = Container(image(), replace(Limits(), disk_bytes=50_000))
    ran = await container.python(
        "for i in range(100):\n  with open(f'/tmp/{i}', 'w') as file: file.write('x' * 1000)"
    )
    assert "No space left on device" in ran.err


async def test_output_beyond_its_limit_is_dropped_and_the_process_goes_on(
    container: Container,
) -> None:
    for argv in (
        ("sh", "-c", "seq 1 50000; exit 3"),
        ("python3", "-c", "for i in range(50000): print(i)\nraise SystemExit(3)"),
    ):
        ran = await container.run(*argv, output_bytes=1000)
        assert ran.truncated
        assert len(ran.out) <= 1000
        assert ran.code == 3


async def test_a_limit_says_so_to_the_learner(container: Container) -> None:
    ran = await container.sh("while :; do :; done")
    assert ran.err == (
        "Killed: too many commands or rounds of a loop for one process (limit: commands)\n"
    )


async def test_the_event_loop_stays_free_while_hostile_things_run(container: Container) -> None:
    turns = 0

    async def watch() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0.005)
            turns += 1

    watching = asyncio.ensure_future(watch())
    await asyncio.gather(
        container.sh("while :; do echo x; done", seconds=2),
        container.sh("i=0; while :; do echo $i > /tmp/f; i=$((i+1)); done", seconds=2),
        container.python("while True: print('x' * 100)", seconds=2),
        container.python("while True: pass", seconds=2),
    )
    watching.cancel()
    # Some 300 on a quiet machine. A loop that is held up has a turn for each of the four, no more.
    assert turns > 20
