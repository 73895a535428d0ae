import * as three from "three";
import type { Block, PackedMarker, PackedPart, Payload } from "../format.js";
import { Poses } from "./poses.js";
import { decodeMesh, geometryOf } from "./shapes.js";
import type { Theme } from "./theme.js";

interface Trail {
  readonly done: three.Mesh<three.TubeGeometry, three.MeshBasicMaterial>;
  readonly ahead: three.Mesh<three.TubeGeometry, three.MeshBasicMaterial>;
  readonly indices: number;
}

/** At the scale of a table with an arm on it. */
const trailRadius = 0.0022;
const tableDistance = 1.7;
const trailSides = 6;

type Surface = three.Mesh<three.BufferGeometry, three.MeshPhongMaterial | three.MeshStandardMaterial>;

/** The scene of an episode: a group for each body, the parts on it, markers and the ways of some bodies. */
export class World {
  readonly root = new three.Group();
  readonly poses: Poses;
  /** Size of the scene, 1 for a table with an arm on it: by how far away its first camera stands. */
  readonly scale: number;
  /** The place on the ground that its first camera looks at. */
  readonly centre: readonly [number, number, number];
  private readonly bodies = new Map<number, three.Group>();
  private readonly trails: Trail[] = [];
  private readonly themed: ((theme: Theme) => void)[] = [];
  private readonly frames: number;

  private constructor(
    private readonly payload: Payload,
    bytes: (block: Block) => Uint8Array,
  ) {
    this.poses = new Poses(payload, bytes);
    this.frames = payload.frames;
    const view = payload.cameras.find((camera) => "lookAt" in camera);
    this.scale = view === undefined ? 1 : view.distance / tableDistance;
    this.centre = view === undefined ? [0, 0, 0] : [view.lookAt[0], view.lookAt[1], 0];
  }

  /** Decodes everything that the page was given; `plain` surfaces are quicker to draw. */
  static async load(payload: Payload, { body, plain }: { body: Uint8Array; plain: boolean }): Promise<World> {
    const bytes = ([start, length]: Block): Uint8Array => body.subarray(start, start + length);
    const world = new World(payload, bytes);
    const textures = await Promise.all(payload.textures.map(({ data, mime }) => loadTexture(bytes(data), mime)));
    const meshes = payload.meshes.map((mesh) => decodeMesh(mesh, bytes));
    for (const part of payload.parts) {
      const mesh = part.mesh === undefined ? undefined : meshes[part.mesh];
      const cube = part.texture !== undefined && payload.textures[part.texture]?.kind === "cube";
      const surface = solid(part, { geometry: geometryOf(part, { mesh, cube }), map: part.texture === undefined ? undefined : textures[part.texture], plain });
      world.body(part.body).add(surface);
      if (part.shape === "plane") world.darkens(surface);
    }
    for (const marker of payload.markers) world.addMarker(marker);
    for (const trail of payload.trails) world.addTrail(trail);
    world.setFrame(0, { all: true });
    return world;
  }

  /** The group of a body, made where it is first asked for. */
  body(index: number): three.Group {
    const known = this.bodies.get(index);
    if (known !== undefined) return known;
    const group = new three.Group();
    group.name = this.payload.bodies[index] ?? "";
    this.bodies.set(index, group);
    this.root.add(group);
    return group;
  }

  /** Puts every body where it is at a frame, which may lie between two. */
  setFrame(frame: number, { all = false } = {}): void {
    for (const body of all ? this.bodies.keys() : this.poses.movers) {
      const group = this.bodies.get(body);
      if (group !== undefined) this.poses.place(body, { frame, target: group });
    }
    for (const { done, ahead, indices } of this.trails) {
      const split = Math.round((frame / Math.max(1, this.frames - 1)) * (indices / (6 * trailSides))) * 6 * trailSides;
      done.geometry.setDrawRange(0, split);
      ahead.geometry.setDrawRange(split, indices - split);
    }
  }

  /** The number of a body by its name. */
  bodyNamed(name: string | undefined): number | undefined {
    const index = name === undefined ? -1 : this.payload.bodies.indexOf(name);
    return index < 0 ? undefined : index;
  }

  /** Where a body is at a frame, in metres. */
  where(body: number, frame: number): [number, number, number] {
    const target = { position: new three.Vector3(), quaternion: new three.Quaternion() };
    this.poses.place(body, { frame, target });
    return target.position.toArray();
  }

  showTrails(visible: boolean): void {
    for (const { done, ahead } of this.trails) [done.visible, ahead.visible] = [visible, visible];
  }

  setTheme(theme: Theme): void {
    for (const apply of this.themed) apply(theme);
  }

  /** A ground that follows the theme. */
  private darkens({ material }: Surface): void {
    const own = material.color.clone();
    this.themed.push(({ ground }) => material.color.copy(own).multiplyScalar(ground));
  }

  private addMarker({ position, radius, hidden = false }: PackedMarker): void {
    const group = new three.Group();
    group.position.fromArray(position);
    const shape = new three.SphereGeometry(radius, 32, 20);
    // Twice: in front of everything but faint, so that a goal inside a thing is seen, and as a solid where it is free.
    const faint = new three.MeshBasicMaterial({ transparent: true, opacity: hidden ? 0.12 : 0.3, depthTest: false });
    const clear = hidden
      ? new three.MeshBasicMaterial({ wireframe: true, transparent: true, opacity: 0.7 })
      : new three.MeshStandardMaterial({ roughness: 0.35, transparent: true, opacity: 0.85, emissiveIntensity: 0.35 });
    const solidShape = new three.Mesh(hidden ? new three.IcosahedronGeometry(radius, 1) : shape, clear);
    const halo = new three.Mesh(shape, faint);
    halo.renderOrder = 5;
    group.add(solidShape, halo);
    this.root.add(group);
    this.themed.push((theme) => {
      const color = hidden ? theme.hiddenGoal : theme.goal;
      faint.color.setHex(color);
      clear.color.setHex(color);
      if (clear instanceof three.MeshStandardMaterial) clear.emissive.setHex(color);
    });
  }

  private addTrail(body: number): void {
    const target = { position: new three.Vector3(), quaternion: new three.Quaternion() };
    const points: three.Vector3[] = [];
    for (let frame = 0; frame < this.frames; frame++) {
      this.poses.place(body, { frame, target });
      points.push(target.position.clone());
    }
    const way = points.reduce((sum, point, i) => sum + (i === 0 ? 0 : point.distanceTo(points[i - 1] as three.Vector3)), 0);
    if (way < 0.01) return;
    const tube = (): three.TubeGeometry => new three.TubeGeometry(new FramePath(points), Math.min(1000, this.frames - 1), trailRadius * this.scale, trailSides);
    const done = new three.Mesh(tube(), new three.MeshBasicMaterial({ transparent: true, opacity: 0.9 }));
    const ahead = new three.Mesh(tube(), new three.MeshBasicMaterial({ transparent: true, opacity: 0.18, depthWrite: false }));
    this.trails.push({ done, ahead, indices: done.geometry.index?.count ?? 0 });
    this.root.add(done, ahead);
    this.themed.push((theme) => {
      for (const { material } of [done, ahead]) material.color.setHex(theme.trail);
    });
  }
}

/** A way whose parameter is time, not length: a body that rests stays where it is. */
class FramePath extends three.Curve<three.Vector3> {
  constructor(private readonly points: readonly three.Vector3[]) {
    super();
  }

  override getPoint(t: number, target = new three.Vector3()): three.Vector3 {
    const at = t * (this.points.length - 1);
    const before = Math.min(this.points.length - 2, Math.floor(at));
    return target.lerpVectors(this.points[before] as three.Vector3, this.points[before + 1] as three.Vector3, at - before);
  }

  override getPointAt(t: number, target?: three.Vector3): three.Vector3 {
    return this.getPoint(t, target);
  }

  /** At rest the direction is that of the next move. */
  override getTangent(t: number, target = new three.Vector3()): three.Vector3 {
    const last = this.points.length - 1;
    let from = Math.min(last - 1, Math.floor(t * last));
    do target.subVectors(this.points[from + 1] as three.Vector3, this.points[from] as three.Vector3);
    while (target.lengthSq() < 1e-10 && ++from < last);
    return target.lengthSq() < 1e-10 ? target.set(0, 0, 1) : target.normalize();
  }

  override getTangentAt(t: number, target?: three.Vector3): three.Vector3 {
    return this.getTangent(t, target);
  }
}

function solid(part: PackedPart, { geometry, map, plain }: { geometry: three.BufferGeometry; map: three.Texture | undefined; plain: boolean }): Surface {
  const [r, g, b, alpha] = part.color;
  const color = new three.Color().setRGB(r, g, b, three.SRGBColorSpace);
  const shared = {
    color,
    emissive: color.clone().multiplyScalar(part.emission),
    ...(map === undefined ? {} : { map }),
    ...(alpha < 1 ? { transparent: true, opacity: alpha, depthWrite: false } : {}),
    side: part.shape === "plane" ? three.FrontSide : three.DoubleSide,
  };
  const material = plain
    ? new three.MeshPhongMaterial({ ...shared, shininess: 60 * part.shininess, specular: new three.Color().setScalar(0.12 * part.specular) })
    : new three.MeshStandardMaterial({ ...shared, roughness: 0.92 - 0.5 * part.shininess, metalness: 0.08 * part.specular });
  const mesh: Surface = new three.Mesh(geometry, material);
  mesh.position.fromArray(part.position);
  const [w, x, y, z] = part.quaternion;
  mesh.quaternion.set(x, y, z, w);
  mesh.castShadow = alpha === 1 && part.shape !== "plane";
  mesh.receiveShadow = true;
  return mesh;
}

async function loadTexture(bytes: Uint8Array, mime: string): Promise<three.Texture> {
  const picture = await createImageBitmap(new Blob([bytes as Uint8Array<ArrayBuffer>], { type: mime }), { imageOrientation: "flipY" });
  const texture = new three.Texture(picture);
  texture.flipY = false;
  texture.colorSpace = three.SRGBColorSpace;
  texture.wrapS = texture.wrapT = three.RepeatWrapping;
  texture.anisotropy = 8;
  texture.needsUpdate = true;
  return texture;
}
