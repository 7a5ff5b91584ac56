"""Images for property tests: few names, so that layers meet, hide and replace each other's."""

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from tests.xray.layers import Layer, applied, file, folder, layer, link, whiteout
from visualizer.engine.port import LayerFile

PATIENT = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
"""A busy machine takes its time, and that is no fault."""
NAMES = ("a", "b", "c")


def _paths() -> st.SearchStrategy[str]:
    parts = st.lists(st.sampled_from(NAMES), min_size=1, max_size=3)
    return parts.map(lambda found: "/" + "/".join(found))


def _there(path: str) -> st.SearchStrategy[LayerFile]:
    return st.one_of(
        st.integers(0, 50).map(lambda size: file(path, size)),
        st.booleans().map(lambda opaque: folder(path, opaque=opaque)),
        st.sampled_from([0o700, 0o755]).map(lambda mode: folder(path, mode=mode)),
        st.just(link(path, "/a")),
    )


@st.composite
def layers(draw: st.DrawFn, below: list[Layer]) -> Layer:
    """A layer that could lie on these: nothing lies in a file, a whiteout is of what is there."""
    made: dict[str, LayerFile] = {}
    for path in draw(st.lists(_paths(), max_size=5, unique=True)):
        above = [path[:at] for at in range(1, len(path)) if path[at] == "/"]
        if all(made.get(each, folder(each)).kind == "directory" for each in above):
            made[path] = draw(_there(path))
        if made.get(path, folder(path)).kind != "directory":
            made = {each: found for each, found in made.items() if not each.startswith(f"{path}/")}
    seen = applied(below)
    listed = {each.path for each in layer(*made.values())}
    # As engines write them: the highest path that is gone, and not of one that is there again.
    free = [
        path
        for path in sorted(seen)
        if path not in listed and _may_go(path, seen, layer(*made.values()))
    ]
    gone: list[str] = []
    for path in draw(st.lists(st.sampled_from(free), max_size=2)) if free else []:
        if not any(path == each or path.startswith(f"{each}/") for each in gone):
            gone = [each for each in gone if not each.startswith(f"{path}/")] + [path]
    return layer(*made.values(), *map(whiteout, gone))


def _may_go(path: str, seen: dict[str, LayerFile], made: Layer) -> bool:
    """Neither in what the layer replaces or makes opaque, nor in what is no folder any more."""
    replaced = [each.path for each in made if each.opaque or each.kind != "directory"]
    return not any(path.startswith(f"{each}/") for each in replaced)


@st.composite
def images(draw: st.DrawFn) -> list[Layer]:
    """Up to four layers, the base first."""
    made: list[Layer] = []
    for _ in range(draw(st.integers(1, 4))):
        made.append(draw(layers(made)))
    return made
