"""Who a process runs as: a Dockerfile's USER, looked up in the container's own files."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bashkit import FileSystem

from visualizer.engine.embedded.userland import paths
from visualizer.engine.embedded.userland.contract import Call, CannotStart

DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True)
class User:
    """A user of the container. `name` is None for a bare number that /etc/passwd does not know."""

    uid: int = 0
    gid: int = 0
    name: str | None = "root"
    home: str = "/root"

    @property
    def shown(self) -> str:
        """The name, or the number where there is none."""
        return self.name if self.name is not None else str(self.uid)


def look_up(filesystem: FileSystem, spec: str) -> User:
    """The user that `name`, `uid`, `name:group` or `uid:gid` means; root for an empty text.

    Raises CannotStart in runc's words when /etc/passwd or /etc/group does not have it.
    """
    who, _, group = spec.partition(":")
    user = _user(filesystem, who or "0")
    if not group:
        return user
    return User(user.uid, _group(filesystem, group), user.name, user.home)


def _user(filesystem: FileSystem, who: str) -> User:
    for fields in _lines(filesystem, "/etc/passwd", 7):
        if who in (fields[0], fields[2]):
            return User(int(fields[2]), int(fields[3]), fields[0], fields[5] or "/")
    if who == "0" or who == "root":
        return User()
    if who.isdigit():
        return User(int(who), 0, None, "/")
    raise CannotStart(126, f"unable to find user {who}: no matching entries in passwd file")


def _group(filesystem: FileSystem, group: str) -> int:
    for fields in _lines(filesystem, "/etc/group", 4):
        if group in (fields[0], fields[2]):
            return int(fields[2])
    if group.isdigit():
        return int(group)
    raise CannotStart(126, f"unable to find group {group}: no matching entries in group file")


def _lines(filesystem: FileSystem, path: str, fields: int) -> Iterator[list[str]]:
    content = paths.read(filesystem, path) or b""
    for line in content.decode("utf-8", "replace").splitlines():
        parts = line.split(":")
        if len(parts) >= fields and parts[2].isdigit() and (fields < 7 or parts[3].isdigit()):
            yield parts


def group_name(filesystem: FileSystem, gid: int) -> str | None:
    """A group's name, None when the container's /etc/group does not have it."""
    for fields in _lines(filesystem, "/etc/group", 4):
        if fields[2] == str(gid):
            return fields[0]
    return "root" if gid == 0 else None


def environment(
    env: Mapping[str, str], user: User, hostname: str, *, terminal: bool = False
) -> dict[str, str]:
    """The process's environment: exactly what is given, and what Docker itself adds."""
    added = {"PATH": DEFAULT_PATH, "HOSTNAME": hostname}
    if terminal:
        added["TERM"] = "xterm"
    return added | dict(env) | ({} if "HOME" in env else {"HOME": user.home})


async def whoami(call: Call) -> int:
    """`whoami`."""
    if call.user.name is None:
        await call.complain(f"whoami: cannot find name for user ID {call.user.uid}\n")
        return 1
    await call.say(f"{call.user.name}\n")
    return 0


async def identify(call: Call) -> int:
    """`id [-u|-g|-G] [-n] [USER]`."""
    filesystem = call.system.filesystem
    flags = "".join(word[1:] for word in call.argv[1:] if word.startswith("-"))
    names = [word for word in call.argv[1:] if not word.startswith("-")]
    user = call.user
    if names:
        try:
            user = look_up(filesystem, names[0])
        except CannotStart:
            await call.complain(f"id: '{names[0]}': no such user\n")
            return 1
    group = group_name(filesystem, user.gid)
    if "u" in flags:
        await call.say((user.shown if "n" in flags else str(user.uid)) + "\n")
    elif "g" in flags or "G" in flags:
        await call.say((group if group and "n" in flags else str(user.gid)) + "\n")
    else:
        who = f"{user.uid}({user.name})" if user.name else str(user.uid)
        what = f"{user.gid}({group})" if group else str(user.gid)
        await call.say(f"uid={who} gid={what} groups={what}\n")
    return 0


async def groups(call: Call) -> int:
    """`groups`."""
    await call.say((group_name(call.system.filesystem, call.user.gid) or str(call.user.gid)) + "\n")
    return 0


async def hostname(call: Call) -> int:
    """`hostname [-i|-f|-s]`: the container's; there is no network, so it has no address."""
    if any(word.startswith("-") and "i" in word.lower() for word in call.argv[1:]):
        await call.complain("hostname: no address: this container has no network\n")
        return 1
    if len(call.argv) > 1 and not call.argv[1].startswith("-"):
        await call.complain("hostname: you must be root to change the host name\n")
        return 1
    await call.say(f"{call.system.hostname}\n")
    return 0
