"""Commands about processes and the machine, as honest as a userland without a kernel can be."""

from visualizer.engine.embedded.userland.contract import Call


async def ps(call: Call) -> int:
    """`ps`, whatever the options: every process of this container that the userland started."""
    rows = call.system.processes()
    width = max((len(row.user) for row in rows), default=4)
    await call.say(f"{'PID':>5} {'USER':<{width}}  {'TIME':>5} COMMAND\n")
    for row in rows:
        minutes, seconds = divmod(int(row.seconds), 60)
        clock = f"{minutes}:{seconds:02}"
        await call.say(f"{row.pid:>5} {row.user:<{width}}  {clock:>5} {' '.join(row.argv)}\n")
    return 0


async def tty(call: Call) -> int:
    """`tty`."""
    if call.columns is None:
        await call.say("not a tty\n")
        return 1
    await call.say("/dev/pts/0\n")
    return 0


async def nproc(call: Call) -> int:
    """`nproc`: a process here has one thread of execution, so one processor."""
    await call.say("1\n")
    return 0


async def uptime(call: Call) -> int:
    """`uptime`: since when the container's main process runs."""
    seconds = int(max((row.seconds for row in call.system.processes()), default=0.0))
    await call.say(
        f" up {seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}, "
        "as this container's main process\n"
    )
    return 0
