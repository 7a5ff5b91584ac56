"""Which commands the userland can play, and by what.

Three kinds: what a shell has in itself, tools that bashkit plays, and our own.
"""

from visualizer.engine.embedded.userland import (
    identity,
    killing,
    listing,
    network,
    processes,
    touching,
    waiting,
)
from visualizer.engine.embedded.userland.contract import Command
from visualizer.engine.embedded.userland.python.command import python3
from visualizer.engine.embedded.userland.which import which


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


SHELLS = _names("sh bash dash ash")

SHELL_BUILTINS = _names(
    """
    . : [ alias bg bind break builtin caller cd command compgen complete compopt continue declare
    dirs disown echo enable eval exec exit export false fc fg getopts hash help history jobs kill
    let local mapfile popd printf pushd pwd read readarray readonly return set shift shopt source
    test times trap true type typeset ulimit umask unalias unset wait
    """
)
"""What every shell has in itself, whatever the image holds."""

TOOLS = _names(
    """
    [ arch awk b2sum base32 base64 basename basenc bc bunzip2 bzcat bzip2 cat chgrp chmod chown
    cksum clear cmp column comm cp cut date dd df diff dirname du echo egrep env envsubst expand
    expr factor false fgrep file find flock fmt fold gawk getconf grep gunzip gzip head hexdump
    hostid iconv install jq join link ln locale logname make mawk md5sum mkdir
    mktemp mv nawk nice nl nohup numfmt od paste patch pr printenv printf pwd readlink realpath
    rev rg rm rmdir sed seq sha1sum sha224sum sha256sum sha384sum sha512sum shasum shuf sort split
    strings sum sync tac tar tee test time timeout tr tree true truncate tsort uname
    unexpand uniq unlink unzip users uuidgen wc who xargs xxd yes yq zip
    """
)
"""Programs that bashkit plays."""

OWN: dict[str, Command] = {
    "apk": network.apk,
    "apt": network.apt,
    "apt-get": network.apt,
    "curl": network.curl,
    "groups": identity.groups,
    "hostname": identity.hostname,
    "id": identity.identify,
    "kill": killing.kill,
    "ls": listing.ls,
    "nginx": waiting.nginx,
    "nproc": processes.nproc,
    "pip": network.pip,
    "ps": processes.ps,
    "python3": python3,
    "sleep": waiting.sleep,
    "stat": listing.stat,
    "tail": waiting.tail,
    "touch": touching.touch,
    "tty": processes.tty,
    "uptime": processes.uptime,
    "wget": network.wget,
    "which": which,
    "whoami": identity.whoami,
}
"""Programs that we play."""

UNREAL = _names(
    """
    assert busybox csv dotenv free glob http inspect json less log man mkfifo more nano node openssl
    parallel pgrep pkill python retry semver sqlite sqlite3 sudo template tomlq ts verify vi watch
    """
)
"""Commands of bashkit that no image may offer: inventions, or too far from the real thing."""

COMMANDS: frozenset[str] = TOOLS | SHELLS | frozenset(OWN) | {"busybox"}
"""Names that a stub file (`#!layercake:<name>`) may name."""

EXTERNAL = (TOOLS | frozenset(OWN) | UNREAL) - SHELL_BUILTINS
"""Names that a shell must find as a file before it may play them."""
