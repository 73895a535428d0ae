"""Reads and writes safetensors with NumPy alone: an 8-byte length, a JSON header, then the numbers."""

import json
import struct

import numpy as np

DTYPES = {"F32": np.float32, "I32": np.int32, "BOOL": np.bool_}
NAMES = {np.dtype(dtype): name for name, dtype in DTYPES.items()}


def read_tensors(path):
    """Named arrays of a file."""
    with open(path, "rb") as file:
        data = file.read()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    header.pop("__metadata__", None)
    arrays = {}
    for name, entry in header.items():
        begin, end = (8 + length + offset for offset in entry["data_offsets"])
        arrays[name] = np.frombuffer(data[begin:end], DTYPES[entry["dtype"]]).reshape(entry["shape"]).copy()
    return arrays


def write_tensors(path, arrays, metadata=None):
    """Writes named arrays, and named texts as the file's metadata."""
    header, blobs, offset = {} if metadata is None else {"__metadata__": metadata}, [], 0
    for name, array in arrays.items():
        # Not ascontiguousarray: it would give a scalar an axis.
        blob = np.asarray(array, order="C").tobytes()
        header[name] = {"dtype": NAMES[array.dtype], "shape": list(array.shape), "data_offsets": [offset, offset + len(blob)]}
        blobs.append(blob)
        offset += len(blob)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(blobs))


def nested(arrays, prefix):
    """The arrays below a prefix as nested dictionaries: "a/b" becomes {"a": {"b": …}}."""
    tree = {}
    for name, array in arrays.items():
        if not name.startswith(prefix + "/"):
            continue
        node = tree
        *folders, leaf = name[len(prefix) + 1 :].split("/")
        for folder in folders:
            node = node.setdefault(folder, {})
        node[leaf] = array
    return tree


def flat(tree, prefix):
    """The inverse of `nested`."""
    if not isinstance(tree, dict):
        return {prefix: tree}
    return {name: array for key, child in tree.items() for name, array in flat(child, f"{prefix}/{key}").items()}
