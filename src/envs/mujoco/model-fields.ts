/** Numbers of a model field: C's int, float, mjtNum (double) and bytes. */
export interface ModelFieldTypes {
  readonly int: Int32Array;
  readonly float: Float32Array;
  readonly double: Float64Array;
  readonly byte: Uint8Array;
}

/** A row of the table: how many rows of how many numbers a field of mjModel has. */
interface ModelField {
  readonly type: keyof ModelFieldTypes;
  readonly rows: string;
  readonly width: number;
}

const field = <T extends keyof ModelFieldTypes, R extends string>(type: T, rows: R, { width = 1 } = {}) => ({ type, rows, width }) as const;

/** What a scene looks like: fields of mjModel under their own names, which are read once and copied. */
export const modelFields = {
  geom_type: field("int", "ngeom"),
  geom_bodyid: field("int", "ngeom"),
  geom_dataid: field("int", "ngeom"),
  geom_matid: field("int", "ngeom"),
  geom_group: field("int", "ngeom"),
  geom_size: field("double", "ngeom", { width: 3 }),
  geom_rgba: field("float", "ngeom", { width: 4 }),
  mesh_vertadr: field("int", "nmesh"),
  mesh_vertnum: field("int", "nmesh"),
  mesh_faceadr: field("int", "nmesh"),
  mesh_facenum: field("int", "nmesh"),
  mesh_texcoordadr: field("int", "nmesh"),
  mesh_texcoordnum: field("int", "nmesh"),
  mesh_vert: field("float", "nmeshvert", { width: 3 }),
  mesh_face: field("int", "nmeshface", { width: 3 }),
  mesh_texcoord: field("float", "nmeshtexcoord", { width: 2 }),
  mesh_facetexcoord: field("int", "nmeshface", { width: 3 }),
  mat_texid: field("int", "nmat", { width: 10 }),
  mat_texrepeat: field("float", "nmat", { width: 2 }),
  mat_rgba: field("float", "nmat", { width: 4 }),
  mat_specular: field("float", "nmat"),
  mat_shininess: field("float", "nmat"),
  mat_reflectance: field("float", "nmat"),
  mat_emission: field("float", "nmat"),
  tex_type: field("int", "ntex"),
  tex_width: field("int", "ntex"),
  tex_height: field("int", "ntex"),
  tex_nchannel: field("int", "ntex"),
  tex_data: field("byte", "ntexdata"),
  cam_bodyid: field("int", "ncam"),
  cam_pos: field("double", "ncam", { width: 3 }),
  cam_quat: field("double", "ncam", { width: 4 }),
  cam_fovy: field("double", "ncam"),
} as const satisfies Record<string, ModelField>;

export type ModelFieldName = keyof typeof modelFields;

/** The array type of a field. */
export type ModelArray<F extends ModelFieldName> = ModelFieldTypes[(typeof modelFields)[F]["type"]];

/** The constructor of a field's array. */
export const modelArrayTypes = { int: Int32Array, float: Float32Array, double: Float64Array, byte: Uint8Array } as const;
