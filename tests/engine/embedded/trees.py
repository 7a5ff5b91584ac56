"""File systems for property tests: small ones, in which paths often mean the same."""

from hypothesis import strategies as st

from visualizer.engine.embedded.tree import Node, Reader, directory, file, parents, symlink

NAMES = st.sampled_from(["a", "b", "c", "a-b", "é", ".hidden", "a b", "x" * 120])
PATHS = st.lists(NAMES, min_size=1, max_size=4).map(lambda names: "/" + "/".join(names))
CONTENTS = st.sampled_from([b"", b"one", b"two", b"x" * 700])
MODES = st.sampled_from([0o644, 0o755, 0o4755, 0o600])
LEAVES = st.one_of(
    st.builds(lambda content, mode: (file(content, mode), content), CONTENTS, MODES),
    st.builds(lambda mode: (directory(mode), b""), MODES),
    st.builds(lambda target: (symlink(target), b""), PATHS),
)


def grown(leaves: dict[str, tuple[Node, bytes]]) -> tuple[dict[str, Node], dict[str, bytes]]:
    """A valid tree of these leaves: parents are made directories, what they hide is dropped."""
    tree: dict[str, Node] = {}
    contents: dict[str, bytes] = {}
    for path, (node, content) in sorted(leaves.items(), key=lambda item: len(item[0])):
        above = list(parents(path))
        if any(tree.get(up, directory()).kind != "directory" for up in above):
            continue
        for up in above:
            tree.setdefault(up, directory())
        if node.kind != "directory" and any(other.startswith(f"{path}/") for other in tree):
            continue
        tree[path] = node
        if node.kind == "file":
            contents[path] = content
    return tree, contents


FILE_SYSTEMS = st.dictionaries(PATHS, LEAVES, max_size=8).map(grown)


def reader(contents: dict[str, bytes]) -> Reader:
    """Reads out of a mapping."""
    return contents.__getitem__
