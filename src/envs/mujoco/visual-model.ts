import type { ModelArray, ModelFieldName } from "./model-fields.js";
import { type LoadSimulationOptions, loadSimulation } from "./simulation.js";

/** Shapes of geoms, in the order of mjtGeom. */
const shapes = ["plane", "hfield", "sphere", "capsule", "ellipsoid", "cylinder", "box", "mesh"] as const;

/** The shape of a visible part: a primitive, or one of the scene's meshes. */
export type PartShape = Exclude<(typeof shapes)[number], "hfield">;

/** Triangles of a mesh, in the frame of the parts that show it. */
export interface MeshData {
  /** (vertices × 3), metres. */
  readonly vertices: Float32Array;
  /** (triangles × 3) indices of vertices. */
  readonly faces: Uint32Array;
  /** (corners × 2), one row for each corner of each triangle; absent where the file has none. */
  readonly uv?: Float32Array;
}

/** Pixels of a texture, rows from the top. */
export interface TextureData {
  /** "2d" lies on a surface; "cube" is seen from the middle of a part, the same picture on each of six sides. */
  readonly kind: "2d" | "cube";
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly pixels: Uint8Array;
}

/** One thing that is seen, fixed to a body. */
export interface VisualPart {
  readonly body: number;
  readonly shape: PartShape;
  /** MuJoCo's half sizes in metres; of a mesh, half its box. */
  readonly size: readonly [number, number, number];
  /** In the frame of its body; the orientation is w x y z. */
  readonly position: readonly [number, number, number];
  readonly quaternion: readonly [number, number, number, number];
  readonly color: readonly [number, number, number, number];
  readonly mesh?: number;
  readonly texture?: number;
  /** How often a 2d texture repeats over the part. */
  readonly repeat: readonly [number, number];
  /** 0 … 1. */
  readonly specular: number;
  readonly shininess: number;
  readonly emission: number;
}

/** A camera that the scene file places, fixed to a body. */
export interface VisualCamera {
  readonly name: string;
  readonly body: number;
  readonly position: readonly [number, number, number];
  readonly quaternion: readonly [number, number, number, number];
  /** Vertical field of view in degrees. */
  readonly fieldOfView: number;
}

/** What a scene looks like: parts fixed to bodies, with the meshes and textures that they use. */
export interface VisualModel {
  readonly bodies: readonly string[];
  readonly parts: readonly VisualPart[];
  readonly meshes: readonly MeshData[];
  readonly textures: readonly TextureData[];
  readonly cameras: readonly VisualCamera[];
}

/** MuJoCo's viewers show these groups; the others hold collision shapes. */
const visibleGroups = 3;
/** Columns of mat_texid that hold colours: mjTEXROLE_RGB and mjTEXROLE_RGBA. */
const colorRoles = [1, 8];
const roles = 10;

/**
 * Loads a scene for its looks alone, with its textures, and lets it go again. Bodies have the numbers that they have in
 * a simulation of the same scene, so that `xpos` and `xquat` place the parts.
 *
 * @throws UserError if the scene does not load, such as for a missing mesh
 * @example const { parts, meshes } = await loadVisualModel({ assets, xml: "sawyer_xyz/sawyer_drawer.xml" });
 */
export async function loadVisualModel(options: Omit<LoadSimulationOptions, "textures">): Promise<VisualModel> {
  const simulation = await loadSimulation({ ...options, textures: true });
  try {
    const read = simulation.modelArray.bind(simulation);
    const used = { meshes: new Map<number, number>(), textures: new Map<number, number>() };
    const numberOf = (known: Map<number, number>, id: number): number => known.get(id) ?? (known.set(id, known.size), known.size - 1);
    const [types, groups, bodies, data, materials] = [read("geom_type"), read("geom_group"), read("geom_bodyid"), read("geom_dataid"), read("geom_matid")];
    const [sizes, colors, materialColors] = [read("geom_size"), read("geom_rgba"), read("mat_rgba")];
    const [textureIds, repeats, specular, shininess, emission] = [read("mat_texid"), read("mat_texrepeat"), read("mat_specular"), read("mat_shininess"), read("mat_emission")];
    const parts: VisualPart[] = [];
    for (let geom = 0; geom < simulation.ngeom; geom++) {
      const shape = shapes[at(types, geom)];
      const material = at(materials, geom);
      const color = four(colorOf({ geom, material, colors, materialColors }));
      if (shape === undefined || shape === "hfield" || at(groups, geom) >= visibleGroups || color[3] === 0) continue;
      const texture = material < 0 ? undefined : colorRoles.map((role) => at(textureIds, roles * material + role)).find((id) => id >= 0);
      parts.push({
        body: at(bodies, geom), shape, color,
        size: three(sizes, 3 * geom), position: three(simulation.geomPos, 3 * geom), quaternion: four(simulation.geomQuat, 4 * geom),
        ...(shape === "mesh" ? { mesh: numberOf(used.meshes, at(data, geom)) } : {}),
        ...(texture === undefined ? {} : { texture: numberOf(used.textures, texture) }),
        repeat: material < 0 ? [1, 1] : [at(repeats, 2 * material), at(repeats, 2 * material + 1)],
        specular: material < 0 ? 0.5 : at(specular, material),
        shininess: material < 0 ? 0.5 : at(shininess, material),
        emission: material < 0 ? 0 : at(emission, material),
      });
    }
    return {
      bodies: [...simulation.names("body")],
      parts,
      meshes: readMeshes(read, [...used.meshes.keys()]),
      textures: readTextures(read, [...used.textures.keys()]),
      cameras: readCameras(read, simulation.names("camera")),
    };
  } finally {
    simulation.dispose();
  }
}

type Read = <F extends ModelFieldName>(field: F) => ModelArray<F>;

/** MuJoCo takes a material's colour where the geom keeps the default one. */
function colorOf({ geom, material, colors, materialColors }: { geom: number; material: number; colors: Float32Array; materialColors: Float32Array }): Float32Array {
  const own = colors.subarray(4 * geom, 4 * geom + 4);
  const isDefault = own[0] === 0.5 && own[1] === 0.5 && own[2] === 0.5 && own[3] === 1;
  return material >= 0 && isDefault ? materialColors.subarray(4 * material, 4 * material + 4) : own;
}

function readMeshes(read: Read, ids: readonly number[]): MeshData[] {
  const [vertices, faces, texcoords, faceTexcoords] = [read("mesh_vert"), read("mesh_face"), read("mesh_texcoord"), read("mesh_facetexcoord")];
  const [vertexStart, vertexCount, faceStart, faceCount] = [read("mesh_vertadr"), read("mesh_vertnum"), read("mesh_faceadr"), read("mesh_facenum")];
  const [texcoordStart, texcoordCount] = [read("mesh_texcoordadr"), read("mesh_texcoordnum")];
  return ids.map((id) => {
    const corners = [3 * at(faceStart, id), 3 * (at(faceStart, id) + at(faceCount, id))] as const;
    const mesh = {
      vertices: vertices.slice(3 * at(vertexStart, id), 3 * (at(vertexStart, id) + at(vertexCount, id))),
      faces: Uint32Array.from(faces.subarray(...corners)),
    };
    if (at(texcoordCount, id) === 0) return mesh;
    const first = at(texcoordStart, id);
    const uv = Float32Array.from({ length: 2 * mesh.faces.length }, (_, i) => at(texcoords, 2 * (first + at(faceTexcoords, corners[0] + (i >> 1))) + (i & 1)));
    return { ...mesh, uv };
  });
}

function readTextures(read: Read, ids: readonly number[]): TextureData[] {
  const [types, widths, heights, channels, pixels] = [read("tex_type"), read("tex_width"), read("tex_height"), read("tex_nchannel"), read("tex_data")];
  const bytes = Array.from(widths, (width, i) => width * at(heights, i) * at(channels, i));
  return ids.map((id) => {
    const start = bytes.slice(0, id).reduce((sum, size) => sum + size, 0);
    const [width, depth] = [at(widths, id), at(channels, id)];
    const kind = at(types, id) === 0 ? "2d" : "cube";
    // A cube of six pictures keeps them below each other: the first is enough.
    const height = kind === "cube" ? width : at(heights, id);
    return { kind, width, height, channels: depth, pixels: pixels.slice(start, start + width * height * depth) };
  });
}

function readCameras(read: Read, names: readonly string[]): VisualCamera[] {
  const [bodies, positions, quaternions, angles] = [read("cam_bodyid"), read("cam_pos"), read("cam_quat"), read("cam_fovy")];
  return names.map((name, id) => ({
    name, body: at(bodies, id), position: three(positions, 3 * id), quaternion: four(quaternions, 4 * id), fieldOfView: at(angles, id),
  }));
}

function at(values: ArrayLike<number>, index: number): number {
  return values[index] as number;
}

function three(values: ArrayLike<number>, start = 0): [number, number, number] {
  return [at(values, start), at(values, start + 1), at(values, start + 2)];
}

function four(values: ArrayLike<number>, start = 0): [number, number, number, number] {
  return [at(values, start), at(values, start + 1), at(values, start + 2), at(values, start + 3)];
}
