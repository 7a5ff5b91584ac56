"""Commands that need a network, as they fail on a machine that has none.

The real images hold them, so they are here; what they would fetch cannot be had.
"""

from urllib.parse import urlsplit

from visualizer.engine.embedded.userland import paths
from visualizer.engine.embedded.userland.contract import Call


async def apt(call: Call) -> int:
    """`apt-get` and `apt`: no package list can be fetched, so no package is known."""
    words = [word for word in call.argv[1:] if not word.startswith("-")]
    verb, names = (words[0], words[1:]) if words else ("", [])
    if "--version" in call.argv or "-v" in call.argv:
        await call.say("apt (simulated: there is no network and no package)\n")
    elif verb == "update":
        return await _apt_update(call)
    elif verb in ("install", "remove", "purge", "download") and names:
        await call.say("Reading package lists...\nBuilding dependency tree...\n")
        for name in names:
            await call.complain(f"E: Unable to locate package {name}\n")
        return 100
    elif verb in ("upgrade", "dist-upgrade", "full-upgrade", "autoremove", "install"):
        await call.say(
            "Reading package lists...\nBuilding dependency tree...\n"
            "0 upgraded, 0 newly installed, 0 to remove and 0 not upgraded.\n"
        )
    elif verb not in ("clean", "autoclean"):
        await call.complain(f"E: Invalid operation {verb}\n")
        return 100
    return 0


async def _apt_update(call: Call) -> int:
    # What /etc/apt names in the catalogue's images: nobody's host, as nothing can be reached.
    host = "mirror.debian.invalid"
    for number, suite in enumerate(("stable", "stable-updates"), start=1):
        await call.say(f"Ign:{number} http://{host}/debian {suite} InRelease\n")
        await call.say(
            f"Err:{number} http://{host}/debian {suite} InRelease\n"
            f"  Temporary failure resolving '{host}'\n"
        )
    await call.say("Reading package lists...\n")
    await call.complain(
        f"W: Failed to fetch http://{host}/debian/dists/stable/InRelease  "
        f"Temporary failure resolving '{host}'\n"
        "W: Some index files failed to download. "
        "They have been ignored, or old ones used instead.\n"
    )
    return 0


async def apk(call: Call) -> int:
    """`apk`: no index can be fetched, so no package is known."""
    words = [word for word in call.argv[1:] if not word.startswith("-")]
    verb, names = (words[0], words[1:]) if words else ("", [])
    index = "https://dl-cdn.alpinelinux.org/alpine/latest-stable/main"
    if verb in ("add", "update", "upgrade", "fetch"):
        await call.say(f"fetch {index}/x86_64/APKINDEX.tar.gz\n")
        await call.complain(f"WARNING: fetching {index}: temporary error (try again later)\n")
    if verb == "add" and names:
        await call.complain("ERROR: unable to select packages:\n")
        for name in names:
            await call.complain(f"  {name} (no such package):\n    required by: world[{name}]\n")
        return len(names)
    if verb in ("update", "fetch"):
        return 1
    if verb in ("add", "del", "upgrade", "info", "cache"):
        return 0
    await call.complain("apk-tools (simulated: there is no network and no package)\n")
    return 1


async def pip(call: Call) -> int:
    """`pip`: nothing is installed, and nothing can be."""
    words = [word for word in call.argv[1:] if not word.startswith("-")]
    verb, names = (words[0], words[1:]) if words else ("", [])
    if "--version" in call.argv or "-V" in call.argv:
        await call.say("pip (simulated: there is no network and no package) (python 3.12)\n")
        return 0
    if verb == "list":
        await call.say("Package Version\n------- -------\n")
        return 0
    if verb in ("install", "download", "wheel"):
        return await _pip_install(call, names)
    if verb in ("freeze", "cache", "check", "config"):
        return 0
    if verb in ("show", "uninstall") and names:
        await call.complain(f"WARNING: Package(s) not found: {', '.join(names)}\n")
        return 1
    await call.complain(f'ERROR: unknown command "{verb}"\n')
    return 1


async def _pip_install(call: Call, names: list[str]) -> int:
    wanted = await _requirements(call, names)
    if wanted is None:
        return 1
    if not wanted:
        if any(word in ("-r", "--requirement") for word in call.argv):
            return 0
        await call.complain("ERROR: You must give at least one requirement to install\n")
        return 1
    name = wanted[0]
    warning = (
        "WARNING: Retrying (Retry(total=0, connect=None, read=None, redirect=None, status=None)) "
        "after connection broken by 'NewConnectionError: Failed to establish a new connection: "
        f"[Errno -3] Temporary failure in name resolution': /simple/{name.lower()}/\n"
    )
    await call.complain(
        warning
        + f"ERROR: Could not find a version that satisfies the requirement {name} "
        + "(from versions: none)\n"
        + f"ERROR: No matching distribution found for {name}\n"
    )
    return 1


async def _requirements(call: Call, names: list[str]) -> list[str] | None:
    words = list(call.argv[1:])
    files = {
        words[i + 1]
        for i, word in enumerate(words[:-1])
        if word in ("-r", "--requirement", "-c", "--constraint")
    }
    wanted = [name for name in names if name not in files]
    for file in sorted(files):
        content = paths.read(call.system.filesystem, paths.join(call.cwd, file))
        if content is None:
            await call.complain(
                "ERROR: Could not open requirements file: "
                f"[Errno 2] No such file or directory: '{file}'\n"
            )
            return None
        lines = content.decode("utf-8", "replace").splitlines()
        wanted += [line.split("#")[0].strip() for line in lines if line.split("#")[0].strip()]
    return [name for name in wanted if not name.startswith("-")]


async def curl(call: Call) -> int:
    """`curl`: no host name can be resolved."""
    host = _host(call)
    if host is None:
        await call.complain("curl: (2) no URL specified\n")
        return 2
    if _is_this_machine(host):
        await call.complain(f"curl: (7) Failed to connect to {host}: Connection refused\n")
        return 7
    await call.complain(f"curl: (6) Could not resolve host: {host}\n")
    return 6


async def wget(call: Call) -> int:
    """`wget`: no host name can be resolved."""
    host = _host(call)
    if host is None:
        await call.complain("wget: missing URL\n")
        return 1
    if _is_this_machine(host):
        await call.complain(f"wget: can't connect to remote host ({host}): Connection refused\n")
        return 1
    await call.complain(f"wget: unable to resolve host address '{host}'\n")
    return 4


def _is_this_machine(host: str) -> bool:
    return host == "localhost" or host.replace(".", "").isdigit()


def _host(call: Call) -> str | None:
    for word in reversed(call.argv[1:]):
        if not word.startswith("-") and ("." in word or ":" in word or word == "localhost"):
            url = word if "://" in word else f"http://{word}"
            return urlsplit(url).hostname or word
    return None
