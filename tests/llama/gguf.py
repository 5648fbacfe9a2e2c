"""Writes GGUF files, as far as a small model needs it."""

import struct
from array import array
from pathlib import Path

ALIGNMENT = 32
UINT32, FLOAT32, BOOL, STRING, ARRAY = 4, 6, 7, 8, 9
INT32 = 5


def text(value: str) -> bytes:
    data = value.encode()
    return struct.pack("<Q", len(data)) + data


def value(it) -> bytes:
    """A value with its type before it; a list has the type of its first element."""
    if isinstance(it, bool):
        return struct.pack("<I?", BOOL, it)
    if isinstance(it, int):
        return struct.pack("<II", UINT32, it)
    if isinstance(it, float):
        return struct.pack("<If", FLOAT32, it)
    if isinstance(it, str):
        return struct.pack("<I", STRING) + text(it)
    if isinstance(it[0], str):
        return struct.pack("<IIQ", ARRAY, STRING, len(it)) + b"".join(text(one) for one in it)
    return struct.pack("<IIQ", ARRAY, INT32, len(it)) + array("i", it).tobytes()


def padding(length: int) -> bytes:
    return bytes(-length % ALIGNMENT)


def write(file: Path, fields: dict, tensors: dict[str, tuple[tuple[int, ...], array]]) -> None:
    """Tensors are 32-bit floats; the first number of a shape is the length of a row."""
    head = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(fields))
    head += b"".join(text(name) + value(it) for name, it in fields.items())
    offset = 0
    for name, (shape, data) in tensors.items():
        head += text(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, 0, offset)
        offset += len(data) * 4 + len(padding(len(data) * 4))
    with open(file, "wb") as out:
        out.write(head + padding(len(head)))
        for _, data in tensors.values():
            out.write(data.tobytes() + padding(len(data) * 4))
