"""Prints src/envs/mujoco/mesh-polygons.ts: the order in which MuJoCo's native library lists the polygons of meshes.

The WebAssembly build finds the same polygons of a mesh's convex hull in another order (its hash tables differ), and
that order decides which contact points of a mesh are kept. The adapter therefore puts the native order into the models
that it loads. Usage:

    python3 scripts/mujoco-polygons.py data/cache/mujoco-3.14.0 data/cache/metaworld-3.1.1/assets > src/envs/mujoco/mesh-polygons.ts
"""

import base64
import ctypes
import gzip
import hashlib
import importlib.util
import json
import sys
from pathlib import Path

spec = importlib.util.spec_from_file_location("layout", Path(__file__).parent / "mujoco-layout.py")
layout = importlib.util.module_from_spec(spec)
spec.loader.exec_module(layout)


class Model:
    """Reads integer and float fields of a native mjModel."""

    def __init__(self, address: int, offsets: dict):
        self.address, self.offsets = address, offsets

    def count(self, field: str) -> int:
        return ctypes.c_int64.from_address(self.address + self.offsets[field]).value

    def pointer(self, field: str) -> int:
        return ctypes.c_uint64.from_address(self.address + self.offsets[field]).value

    def ints(self, field: str, start: int, count: int) -> list[int]:
        return list((ctypes.c_int32 * count).from_address(self.pointer(field) + 4 * start))

    def bytes(self, field: str, start: int, count: int) -> bytes:
        return ctypes.string_at(self.pointer(field) + 4 * start, 4 * count)


def main(wheel: Path, assets: Path) -> None:
    structs = layout.load_structs(wheel)
    offsets = layout.layout(structs["mjModel"].fields, structs)[0]
    library = ctypes.CDLL(str(next(wheel.glob("libmujoco.so.*"))))
    library.mj_loadXML.restype = ctypes.c_void_p
    library.mj_loadXML.argtypes = [ctypes.c_char_p, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int]
    library.mj_deleteModel.argtypes = [ctypes.c_void_p]
    tables: dict[str, list[list[int]]] = {}
    for scene in sorted((assets / "sawyer_xyz").glob("*.xml")):
        message = ctypes.create_string_buffer(1000)
        address = library.mj_loadXML(str(scene).encode(), None, message, len(message))
        if not address:
            print(f"{scene.name} left out: {message.value.decode()}", file=sys.stderr)
            continue
        model = Model(address, offsets)
        meshes = model.count("nmesh")
        starts, counts = model.ints("mesh_polyadr", 0, meshes), model.ints("mesh_polynum", 0, meshes)
        vertex_starts, vertex_counts = model.ints("mesh_vertadr", 0, meshes), model.ints("mesh_vertnum", 0, meshes)
        for mesh in range(meshes):
            if counts[mesh] == 0:
                continue
            key = hashlib.sha256(model.bytes("mesh_vert", 3 * vertex_starts[mesh], 3 * vertex_counts[mesh])).hexdigest()[:16]
            sizes = model.ints("mesh_polyvertnum", starts[mesh], counts[mesh])
            first = model.ints("mesh_polyvertadr", starts[mesh], 1)[0]
            tables[key] = [sizes, model.ints("mesh_polyvert", first, sum(sizes))]
        library.mj_deleteModel(address)
    packed = gzip.compress(json.dumps(tables, separators=(",", ":"), sort_keys=True).encode(), mtime=0)
    print("/** Polygons of meshes in the native library's order, by the SHA-256 of their vertices; made by scripts/mujoco-polygons.py. */")
    print("export const meshPolygons =")
    print(f'  "{base64.b64encode(packed).decode()}";')


if __name__ == "__main__":
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    main(Path(sys.argv[1]), Path(sys.argv[2]))
