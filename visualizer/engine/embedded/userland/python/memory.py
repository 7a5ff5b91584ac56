"""The sandbox's linear memory, read and written by address while the sandbox calls us."""

import struct
from typing import Any

import wasmtime

from visualizer.engine.embedded.userland.python import abi


class SandboxMemory:
    """Access to one Python's memory. Addresses beyond it raise WasiError(INVAL)."""

    def __init__(self, store: wasmtime.Store, memory: wasmtime.Memory) -> None:
        self._store = store
        self._memory = memory
        self.pages_seen = 0
        """Pages of 64 KiB that it had when `measure` was last called."""

    def measure(self) -> None:
        """Look how large it is."""
        self.pages_seen = self._memory.size(self._store)

    def read(self, address: int, size: int) -> bytes:
        """Bytes from an address."""
        address &= 0xFFFFFFFF
        data = bytes(self._memory.read(self._store, address, address + size)) if size > 0 else b""
        if len(data) != max(size, 0):
            raise abi.WasiError(abi.INVAL)
        return data

    def write(self, address: int, data: bytes) -> None:
        """Bytes to an address."""
        if not data:
            return
        try:
            self._memory.write(self._store, bytearray(data), address & 0xFFFFFFFF)
        except IndexError:
            raise abi.WasiError(abi.INVAL) from None

    def text(self, address: int, size: int) -> str:
        """A path or name. Raises WasiError(INVAL) when it is not UTF-8."""
        try:
            return self.read(address, size).decode()
        except UnicodeDecodeError:
            raise abi.WasiError(abi.INVAL) from None

    def pack(self, layout: struct.Struct, address: int, *values: Any) -> None:
        """A structure to an address."""
        self.write(address, layout.pack(*values))

    def u32(self, address: int, value: int) -> None:
        """An unsigned 32-bit number to an address."""
        self.write(address, value.to_bytes(4, "little"))

    def u64(self, address: int, value: int) -> None:
        """An unsigned 64-bit number to an address."""
        self.write(address, (value & (2**64 - 1)).to_bytes(8, "little"))

    def vectors(self, address: int, count: int) -> list[tuple[int, int]]:
        """Address and size of each buffer of a scattered read or write."""
        data = self.read(address, 8 * min(count & 0xFFFFFFFF, 1024))
        return [abi.IOVEC.unpack_from(data, 8 * index) for index in range(len(data) // 8)]

    def gather(self, address: int, count: int) -> bytes:
        """All bytes of a gathered write."""
        return b"".join(self.read(start, size) for start, size in self.vectors(address, count))
