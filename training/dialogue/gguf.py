"""Writes GGUF version 3 (the llama.cpp model file): only the types that a small LLaMA needs. Source: ggml/docs/gguf.md."""
import os
import struct

import numpy as np

UINT32, FLOAT32, BOOL, STRING, ARRAY, INT32 = 4, 6, 7, 8, 9, 5
ALIGNMENT = 32
F32, F16 = 0, 1  # ggml tensor types


def _string(text):
    data = text.encode("utf-8")
    return struct.pack("<Q", len(data)) + data


def _scalar(kind, value):
    if kind == STRING:
        return _string(value)
    return struct.pack({UINT32: "<I", INT32: "<i", FLOAT32: "<f", BOOL: "<?"}[kind], value)


def _value(kind, value):
    if isinstance(kind, tuple):  # (ARRAY, element type)
        return struct.pack("<IIQ", ARRAY, kind[1], len(value)) + b"".join(_scalar(kind[1], v) for v in value)
    return struct.pack("<I", kind) + _scalar(kind, value)


def write(path, metadata, tensors):
    """metadata: [(key, type, value)]; tensors: [(name, numpy array of float32 or float16)], rows first. Replaces `path` at once."""
    out = [b"GGUF", struct.pack("<IQQ", 3, len(tensors), len(metadata))]
    out += [_string(key) + _value(kind, value) for key, kind, value in metadata]
    offset, blobs = 0, []
    for name, array in tensors:
        data = np.ascontiguousarray(array).tobytes()
        out.append(_string(name) + struct.pack("<I", array.ndim))
        out.append(struct.pack("<%dQ" % array.ndim, *reversed(array.shape)))
        out.append(struct.pack("<IQ", F16 if array.dtype == np.float16 else F32, offset))
        data += b"\0" * (-len(data) % ALIGNMENT)
        blobs.append(data)
        offset += len(data)
    head = b"".join(out)
    head += b"\0" * (-len(head) % ALIGNMENT)
    with open(path + ".new", "wb") as file:
        file.write(head + b"".join(blobs))
    os.replace(path + ".new", path)


def read(path):
    """→ ({key: value}, {tensor name: float32 array}) of a file that `write` wrote."""
    with open(path, "rb") as file:
        data = file.read()
    at = 0

    def take(form):
        nonlocal at
        (value,) = struct.unpack_from(form, data, at)
        at += struct.calcsize(form)
        return value

    def value(kind):
        nonlocal at
        if kind == STRING:
            length = take("<Q")
            at += length
            return data[at - length : at].decode("utf-8")
        if kind == ARRAY:
            kind, count = take("<I"), take("<Q")
            return [value(kind) for _ in range(count)]
        return take({UINT32: "<I", INT32: "<i", FLOAT32: "<f", BOOL: "<?"}[kind])

    if data[:4] != b"GGUF":
        raise ValueError(path + " is no GGUF file")
    at = 8
    tensors, pairs = take("<Q"), take("<Q")
    metadata = {}
    for _ in range(pairs):
        key = value(STRING)
        metadata[key] = value(take("<I"))
    places = []
    for _ in range(tensors):
        name, shape = value(STRING), [take("<Q") for _ in range(take("<I"))][::-1]
        if take("<I") != F32:
            raise ValueError(name + " is not float32")
        places.append((name, shape, take("<Q")))
    start = at + -at % ALIGNMENT
    return metadata, {name: np.frombuffer(data, np.float32, int(np.prod(shape)), start + offset).reshape(shape).copy() for name, shape, offset in places}
