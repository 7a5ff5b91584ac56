"""Layers and configs on disk."""

from pathlib import Path

import pytest

from visualizer.engine.embedded import atomic
from visualizer.engine.embedded.difference import difference
from visualizer.engine.embedded.stack import Layer
from visualizer.engine.embedded.store import IN_MEMORY_BYTES, LayerGone, Store
from visualizer.engine.embedded.tree import file


def put(store: Store, **files: bytes) -> Layer:
    """A layer of files in `/`."""
    contents = {f"/{name}": content for name, content in files.items()}
    nodes = {path: file(content) for path, content in contents.items()}
    return store.put_layer(difference({}, nodes), contents.__getitem__)


def test_a_layer_is_there_for_the_next_process(tmp_path: Path) -> None:
    layer = put(Store(tmp_path), a=b"hello")
    again = Store(tmp_path).layer(layer.digest)
    assert again.read("/a") == b"hello"
    assert again.read("/a", 2) == b"he"
    assert again.entries == layer.entries


def test_a_large_layer_is_read_from_the_disk(store: Store) -> None:
    layer = put(store, big=b"x" * (IN_MEMORY_BYTES + 1), small=b"small")
    assert layer.memory_bytes < 10_000
    assert layer.read("/small") == b"small"


def test_the_same_layer_is_stored_once(store: Store, tmp_path: Path) -> None:
    assert put(store, a=b"same").digest == put(store, a=b"same").digest
    assert len(list((tmp_path / "layers").glob("*.tar"))) == 1


def test_a_stack_shows_the_upper_file(store: Store) -> None:
    lower, upper = put(store, a=b"lower", b=b"b"), put(store, a=b"upper")
    stack = store.stack([lower.digest, upper.digest])
    assert stack.read("/a") == b"upper"
    assert stack.read("/b") == b"b"
    assert stack.size == len("lower") + len("b") + len("upper")
    assert store.stack([lower.digest, upper.digest]) is stack


def test_what_is_not_in_use_is_swept(store: Store) -> None:
    kept, dropped = put(store, a=b"kept"), put(store, a=b"dropped")
    config = store.put_config(b"{}")
    assert store.sweep(lambda: {kept.digest}) == 2
    assert store.layer(kept.digest).read("/a") == b"kept"
    for digest in (dropped.digest, config):
        with pytest.raises(LayerGone):
            store.layer(digest)


def test_what_is_stored_during_a_sweep_is_kept(store: Store) -> None:
    late: list[Layer] = []

    def in_use() -> set[str]:
        late.append(put(store, a=b"late"))
        return set()

    store.sweep(in_use)
    assert store.layer(late[0].digest).read("/a") == b"late"


def test_what_was_just_stored_is_kept(tmp_path: Path) -> None:
    store = Store(tmp_path)
    layer = put(store, a=b"young")
    assert store.sweep(set) == 0
    assert store.layer(layer.digest).read("/a") == b"young"


def test_a_half_written_layer_is_gone_and_can_be_stored_again(tmp_path: Path) -> None:
    layer = put(Store(tmp_path), a=b"hello")
    tar = next((tmp_path / "layers").glob("*.tar"))
    tar.write_bytes(tar.read_bytes()[:100])
    store = Store(tmp_path)
    with pytest.raises(LayerGone):
        store.layer(layer.digest)
    assert put(store, a=b"hello").read("/a") == b"hello"


def test_a_digest_cannot_be_a_path(store: Store) -> None:
    for digest in ("sha256:../../etc/passwd", "sha256:" + "A" * 64, ""):
        with pytest.raises(LayerGone):
            store.layer(digest)
        with pytest.raises(LayerGone):
            store.config(digest)


def test_leftovers_of_a_crash_are_cleared(tmp_path: Path) -> None:
    Store(tmp_path)
    leftover = tmp_path / "layers" / ".half"
    leftover.write_bytes(b"half")
    Store(tmp_path)
    assert not leftover.exists()


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "state"
    atomic.write(path, b"old")
    with pytest.raises(TypeError):
        atomic.write(path, "not bytes")  # type: ignore[arg-type]
    assert path.read_bytes() == b"old"
    assert [found.name for found in tmp_path.iterdir()] == ["state"]
