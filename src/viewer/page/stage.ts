import * as three from "three";
import { OrbitControls } from "three/addons/controls/OrbitControls.js";
import { RoomEnvironment } from "three/addons/environments/RoomEnvironment.js";
import type { BodyCamera, PackedCamera } from "../format.js";
import { themes, type Theme, type ThemeName } from "./theme.js";
import type { World } from "./world.js";

const degrees = Math.PI / 180;
const shadowStrength = 0.75;

/** The picture: renderer, lights and the camera, which the pointer moves. */
export class Stage {
  readonly camera = new three.PerspectiveCamera(40, 1, 0.02, 40);
  private readonly scene = new three.Scene();
  private readonly renderer: three.WebGLRenderer;
  private readonly controls: OrbitControls;
  private readonly software: boolean;
  private readonly key = new three.DirectionalLight(0xfff4e6, 2.1);
  private fixed: BodyCamera | undefined;
  private followed: number | undefined;
  /** How far the followed body is from its start, over the ground. */
  private readonly shift = new three.Vector3();

  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly world: World,
    { onChange, software }: { onChange: () => void; software: boolean },
  ) {
    this.software = software;
    this.renderer = new three.WebGLRenderer({ canvas, antialias: !software, powerPreference: "high-performance" });
    this.renderer.setPixelRatio(software ? 1 : Math.min(window.devicePixelRatio, 2));
    this.renderer.shadowMap.enabled = true;
    this.renderer.shadowMap.autoUpdate = false;
    this.renderer.shadowMap.type = three.PCFShadowMap;
    this.renderer.toneMapping = three.NeutralToneMapping;
    this.camera.up.set(0, 0, 1);
    this.controls = new OrbitControls(this.camera, canvas);
    Object.assign(this.controls, { enableDamping: true, dampingFactor: 0.12, minDistance: 0.15, maxDistance: 5 * world.scale, maxPolarAngle: 0.495 * Math.PI, zoomSpeed: 0.7 });
    this.controls.addEventListener("change", onChange);
    this.controls.addEventListener("start", () => this.release());
    this.scene.add(world.root);
    this.addLights();
  }

  private addLights(): void {
    const { key, software } = this;
    const { scale, centre } = this.world;
    // Light from a bright room makes surfaces look round; where software draws, a plain sky does.
    if (!software) {
      const generator = new three.PMREMGenerator(this.renderer);
      this.scene.environment = generator.fromScene(new RoomEnvironment(), 0.04).texture;
      this.scene.environmentRotation.set(Math.PI / 2, 0, 0);
      this.scene.environmentIntensity = 0.5;
      generator.dispose();
    }
    key.position.set(1.4, -1.3, 2.6).multiplyScalar(scale).add(new three.Vector3(...centre));
    key.target.position.set(...centre);
    key.castShadow = true;
    key.shadow.mapSize.setScalar(software ? 1024 : 2048);
    Object.assign(key.shadow.camera, { left: -1.5 * scale, right: 1.5 * scale, top: 1.5 * scale, bottom: -1.5 * scale, near: 0.5 * scale, far: 6 * scale });
    Object.assign(key.shadow, { bias: -0.0004, normalBias: 0.012, radius: 3 });
    const fill = new three.DirectionalLight(0xdfeaff, software ? 1.1 : 0.7);
    fill.position.set(-1.6, -0.4, 1.4);
    this.scene.add(key, key.target, fill, new three.HemisphereLight(0xffffff, 0xb9b2a8, software ? 2.1 : 0.55));
  }

  setTheme(name: ThemeName): void {
    const theme: Theme = themes[name];
    this.scene.background = new three.Color(theme.background);
    this.scene.fog = new three.Fog(theme.background, 3 * this.world.scale, 6.5 * this.world.scale);
    this.renderer.toneMappingExposure = theme.exposure;
    this.world.setTheme(theme);
  }

  /** Looks through one of the episode's cameras. */
  look(view: PackedCamera): void {
    this.camera.fov = view.fieldOfView;
    this.camera.updateProjectionMatrix();
    this.goAlong(new three.Vector3());
    this.followed = "follow" in view ? this.world.bodyNamed(view.follow) : undefined;
    if ("body" in view) {
      this.fixed = view;
      this.follow();
      this.controls.enabled = true;
      return;
    }
    this.fixed = undefined;
    const [azimuth, elevation] = [view.azimuth * degrees, view.elevation * degrees];
    this.controls.target.fromArray(view.lookAt);
    // MuJoCo's angles: the direction in which the camera looks.
    const forward = new three.Vector3(Math.cos(elevation) * Math.cos(azimuth), Math.cos(elevation) * Math.sin(azimuth), Math.sin(elevation));
    this.camera.position.copy(this.controls.target).addScaledVector(forward, -view.distance);
    this.controls.update();
    this.followBody();
  }

  /** Moves view and light to where a followed body has got. */
  private followBody(): void {
    if (this.followed === undefined) return;
    const [start, now] = [this.world.where(this.followed, 0), this.world.where(this.followed, this.frame)];
    this.goAlong(new three.Vector3(now[0] - start[0], now[1] - start[1], 0));
  }

  private goAlong(shift: three.Vector3): void {
    const step = shift.clone().sub(this.shift);
    this.shift.copy(shift);
    for (const place of [this.camera.position, this.controls.target, this.key.position, this.key.target.position]) place.add(step);
  }

  /** A camera that is fixed to a body goes with it, until the pointer takes it. */
  private follow(): void {
    if (this.fixed === undefined) return;
    const body = { position: new three.Vector3(), quaternion: new three.Quaternion() };
    this.world.poses.place(this.fixed.body, { frame: this.frame, target: body });
    const [w, x, y, z] = this.fixed.quaternion;
    this.camera.position.fromArray(this.fixed.position).applyQuaternion(body.quaternion).add(body.position);
    this.camera.quaternion.copy(body.quaternion).multiply(new three.Quaternion(x, y, z, w));
  }

  private frame = 0;
  private shadowFrame = Number.NaN;

  /** From a fixed camera the pointer goes on from where the camera is, around what it looks at. */
  private release(): void {
    if (this.fixed === undefined) return;
    this.fixed = undefined;
    this.controls.target.copy(this.camera.position).add(this.camera.getWorldDirection(new three.Vector3()));
  }

  /** Draws a frame, without shadows in a `draft` by software; true while the camera still moves by itself. */
  draw(frame: number, { draft }: { draft: boolean }): boolean {
    const shaded = !(draft && this.software);
    this.key.shadow.intensity = shaded ? shadowStrength : 0;
    // Shadows cost as much as the picture, and a camera that moves does not change them.
    this.renderer.shadowMap.needsUpdate = shaded && frame !== this.shadowFrame;
    if (shaded) this.shadowFrame = frame;
    this.frame = frame;
    this.world.setFrame(frame);
    this.follow();
    this.followBody();
    const moves = this.fixed === undefined && this.controls.update();
    this.renderer.render(this.scene, this.camera);
    return moves;
  }

  resize(): void {
    const { clientWidth: width, clientHeight: height } = this.canvas;
    if (width === 0 || height === 0) return;
    this.renderer.setSize(width, height, false);
    this.camera.aspect = width / height;
    this.camera.updateProjectionMatrix();
  }

  /** Where a point of the scene is in the picture, in pixels from its top left; undefined behind the camera. */
  project(point: readonly [number, number, number]): { x: number; y: number } | undefined {
    const place = new three.Vector3(...point).project(this.camera);
    if (place.z > 1) return undefined;
    return { x: ((place.x + 1) / 2) * this.canvas.clientWidth, y: ((1 - place.y) / 2) * this.canvas.clientHeight };
  }
}

/**
 * Whether the browser has no graphics processor to draw with, as in many virtual machines: then less is drawn. The
 * page's address may decide: `#full` or `#plain`.
 */
export function drawnBySoftware(): boolean {
  if (/^#(full|plain)$/.test(location.hash)) return location.hash === "#plain";
  const context = document.createElement("canvas").getContext("webgl2");
  const info = context?.getExtension("WEBGL_debug_renderer_info");
  const name = context === null || info === null || info === undefined ? "" : String(context.getParameter(info.UNMASKED_RENDERER_WEBGL));
  context?.getExtension("WEBGL_lose_context")?.loseContext();
  return /swiftshader|llvmpipe|software|basic render/i.test(name);
}
