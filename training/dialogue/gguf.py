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
