"""Prints src/envs/mujoco/layout.ts: byte offsets of the mjModel and mjData fields that the native adapter reads.

The input is the introspection table of the MuJoCo wheel (mujoco/introspect/structs.py), laid out by the rules that
every 64-bit C compiler follows for these types. Usage:

    python3 scripts/mujoco-layout.py data/cache/mujoco-3.14.0 > src/envs/mujoco/layout.ts
"""

import importlib.util
import re
import sys
import types
from pathlib import Path

FIELDS = {
    "mjModel": "nq nv nu na nbody njnt ngeom nsite nmocap neq nsensor nsensordata nbuffer opt buffer qpos0 body_pos body_quat body_mocapid "
    "jnt_qposadr jnt_dofadr geom_pos geom_quat site_pos site_quat eq_data "
    # What a scene looks like.
    "ncam nmesh nmeshvert nmeshface nmeshtexcoord nmat ntex ntexdata geom_type geom_bodyid geom_dataid geom_matid geom_group geom_size geom_rgba "
    "mesh_vertadr mesh_vertnum mesh_faceadr mesh_facenum mesh_texcoordadr mesh_texcoordnum mesh_vert mesh_face mesh_texcoord mesh_facetexcoord "
    "mat_texid mat_texrepeat mat_rgba mat_specular mat_shininess mat_reflectance mat_emission tex_type tex_width tex_height tex_nchannel tex_data "
    "cam_bodyid cam_pos cam_quat cam_fovy".split(),
    "mjData": "narena nbuffer warning ncon nefc time buffer arena qpos qvel act ctrl mocap_pos mocap_quat qacc qacc_warmstart xpos xquat xmat "
    "geom_xpos geom_xmat site_xpos site_xmat cfrc_ext sensordata contact efc_force".split(),
    "mjContact": "dist geom1 geom2 efc_address".split(),
    "mjOption": "timestep disableflags".split(),
    "mjLogConfig": "logto_console logto_file logfile topics".split(),
}
PRIMITIVES = {"int": 4, "float": 4, "double": 8, "mjtNum": 8, "mjtByte": 1, "mjtBool": 1, "mjtSize": 8, "size_t": 8, "uintptr_t": 8,
              "uint64_t": 8, "int64_t": 8, "char": 1, "unsigned char": 1, "unsigned int": 4}


def load_structs(wheel: Path):
    """Imports the table alone: importing the package would load the whole of MuJoCo."""
    package = types.ModuleType("introspect")
    package.__path__ = [str(wheel / "introspect")]
    sys.modules["introspect"] = package
    for name in ("ast_nodes", "structs"):
        spec = importlib.util.spec_from_file_location(f"introspect.{name}", wheel / "introspect" / f"{name}.py")
        module = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = module
        spec.loader.exec_module(module)
    return sys.modules["introspect.structs"].STRUCTS


def size_align(kind, structs):
    name = type(kind).__name__
    if name == "PointerType":
        return 8, 8
    if name == "ArrayType":
        size, align = size_align(kind.inner_type, structs)
        for extent in kind.extents:
            size *= extent
        return size, align
    if name == "ValueType":
        if kind.name in structs:
            return layout(structs[kind.name].fields, structs)[1:]
        if kind.name in PRIMITIVES:
            return PRIMITIVES[kind.name], PRIMITIVES[kind.name]
        if kind.name.startswith("mjt"):
            return 4, 4  # an enumeration
    if name == "AnonymousStructDecl":
        return layout(kind.fields, structs)[1:]
    if name == "AnonymousUnionDecl":
        parts = [size_align(field.type, structs) for field in kind.fields]
        return max(size for size, _ in parts), max(align for _, align in parts)
    raise SystemExit(f"Cannot lay out {kind!r}")


def layout(fields, structs):
    offsets, end, widest = {}, 0, 1
    for field in fields:
        size, align = size_align(getattr(field, "type", field), structs)
        end = -(-end // align) * align
        offsets[getattr(field, "name", "")] = end
        end, widest = end + size, max(widest, align)
    return offsets, -(-end // widest) * widest, widest


def main(wheel: Path) -> None:
    structs = load_structs(wheel)
    header = (wheel / "include" / "mujoco" / "mujoco.h").read_text()
    version = int(re.search(r"#define mjVERSION_HEADER (\d+)", header).group(1))
    print("/** Byte offsets in the structs of MuJoCo's native library; made by scripts/mujoco-layout.py, never edited by hand. */")
    print("export const layout = {")
    print(f"  version: {version},")
    for name, wanted in FIELDS.items():
        offsets, size, _ = layout(structs[name].fields, structs)
        print(f"  {name}: {{\n    size: {size},")
        for field in wanted:
            print(f"    {field}: {offsets[field]},")
        print("  },")
    print("} as const;")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    main(Path(sys.argv[1]))
