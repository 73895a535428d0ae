import { createLocomotionEnv, findRobot, loadVisualModel, locomotionMaxSteps, type RobotName, type SimulationBackend, type TextureData, type VisualModel, type VisualPart } from "../envs/index.js";
import { Rng, UserError, assetPath, type ProgressFn } from "../util/index.js";
import { recordPoses, type Camera, type Replay } from "./replay.js";

/** Who moves a robot: an observation (observationDim) in, an action (actionDim) in [−1, 1] out. */
export interface RobotPolicy {
  readonly name: string;
  readonly act: (observation: Float64Array) => ArrayLike<number> | Promise<ArrayLike<number>>;
}

export interface LocomotionReplayOptions {
  readonly policy: RobotPolicy;
  /** Chooses the start. Default 0. */
  readonly seed?: number;
  /** Steps after which the recording ends, at most 1000. Default 1000; a fall ends it as well. */
  readonly maxSteps?: number;
  /** D4RL's score of an episode's return, for the labels. */
  readonly score?: (episodeReturn: number) => number;
  /** What is to be done, in a sentence. */
  readonly sentence?: string;
  readonly backend?: SimulationBackend | "auto";
  readonly onProgress?: ProgressFn;
}

/** Where the cameras look: the middle of the standing robot above the ground, metres. */
const middle: Readonly<Record<RobotName, number>> = { hopper: 0.75, halfcheetah: 0.5, walker2d: 0.75 };

function views(robot: RobotName): Camera[] {
  const orbit = { lookAt: [0, 0, middle[robot]], distance: 4, fieldOfView: 40 } as const;
  return [
    { name: "beside", ...orbit, azimuth: 105, elevation: -12, follow: "torso" },
    { name: "in profile", ...orbit, azimuth: 90, elevation: -3, follow: "torso" },
    { name: "ahead", ...orbit, azimuth: 215, elevation: -14, follow: "torso" },
  ];
}

/**
 * Plays one episode of a robot by D4RL's rules (v2) and records it for the viewer.
 *
 * @throws UserError for an unknown robot, or actions that the robot does not take
 * @example const replay = await recordLocomotion("hopper", { policy: { name: "no torque", act: () => [0, 0, 0] } });
 */
export async function recordLocomotion(robot: string, options: LocomotionReplayOptions): Promise<Replay> {
  const { policy, seed = 0, maxSteps = locomotionMaxSteps, score, sentence, backend, onProgress } = options;
  const spec = findRobot(robot);
  if (!Number.isInteger(maxSteps) || maxSteps < 1 || maxSteps > locomotionMaxSteps) throw new UserError(`Cannot record "${robot}": 1 to ${locomotionMaxSteps} steps required, got ${maxSteps}.`);
  const withBackend = backend === undefined ? {} : { backend };
  const looks = await loadVisualModel({ assets: assetPath("gymnasium"), xml: spec.scene.v2, islands: false, ...withBackend });
  const env = await createLocomotionEnv(spec.name, withBackend);
  try {
    const { simulation } = env;
    const secondsPerFrame = spec.frameSkip * simulation.timestep;
    const torso = simulation.names("body").indexOf("torso");
    let observation = env.reset(new Rng(seed).fork("watch", spec.name, "start"));
    const recorder = recordPoses(simulation);
    recorder.capture();
    const at = (): { x: number; height: number } => ({ x: simulation.qpos[0] as number, height: simulation.xpos[3 * torso + 2] as number });
    const rows = [{ ...at(), reward: NaN, velocity: NaN }];
    let fell = false;
    while (rows.length <= maxSteps && !fell) {
      const before = at().x;
      const result = env.step(await policy.act(observation));
      observation = result.observation;
      fell = result.terminated;
      recorder.capture();
      rows.push({ ...at(), reward: result.reward, velocity: (at().x - before) / secondsPerFrame });
      onProgress?.({ done: rows.length - 1, total: maxSteps, label: `play ${robot}` });
    }
    const steps = rows.length - 1;
    const total = rows.slice(1).reduce((sum, { reward }) => sum + reward, 0);
    const [start, end] = [rows[0], rows.at(-1)].map((row) => row?.x ?? 0) as [number, number];
    return {
      title: spec.name,
      ...(sentence === undefined ? {} : { sentence }),
      labels: [
        { name: "robot", value: `${spec.name}, D4RL's rules (v2)` },
        { name: "policy", value: policy.name },
        { name: "start", value: `seed ${seed}` },
        { name: "return", value: total.toFixed(0) },
        ...(score === undefined ? [] : [{ name: "score", value: `${score(total).toFixed(1)} by D4RL's measure` }]),
        { name: "length", value: `${steps} steps${fell ? ", then it fell" : ""}` },
        // Plus 0, so that a little way back is not shown as −0.
        { name: "way", value: `${Number((end - start).toFixed(1)) + 0} m in ${(steps * secondsPerFrame).toFixed(1)} s` },
      ],
      scene: onTiles(looks, { xs: rows.map(({ x }) => x) }),
      secondsPerFrame,
      ...recorder.poses(),
      curves: [
        { name: "reward", kind: "line", values: rows.map(({ reward }) => reward) },
        { name: "forward velocity", unit: "m/s", kind: "line", values: rows.map(({ velocity }) => velocity) },
        { name: "height of the torso", unit: "m", kind: "line", values: rows.map(({ height }) => height) },
      ],
      cameras: views(spec.name),
      trails: ["torso"],
    };
  } finally {
    env.close();
  }
}

/** Metres of a tile's picture: two by two squares of one metre. */
const tile = 2;
const squarePixels = 64;
const grey = { light: 194, dark: 162 };

/** A robot in its plain colours on a ground of squares of one metre, as long as the way: the scene's own ends where physics does not. */
function onTiles(scene: VisualModel, { xs }: { xs: readonly number[] }): VisualModel {
  const margin = 40;
  const edge = (x: number): number => tile * Math.round(x / tile);
  const [from, to] = [edge(Math.min(...xs)) - margin, edge(Math.max(...xs)) + margin];
  const squared = { size: [(to - from) / 2, margin, 1], position: [(from + to) / 2, 0, 0], repeat: [(to - from) / tile, (2 * margin) / tile], color: [1, 1, 1, 1], specular: 0.1, shininess: 0.1, texture: 0 } as const;
  // The robot's texture is one colour with a mark on each edge; the scene's camera follows the robot's mass, which the page does not know.
  return { ...scene, parts: scene.parts.map(plain).map((part) => (part.shape === "plane" ? { ...part, ...squared } : part)), textures: [squares()], cameras: [] };
}

function plain(part: VisualPart): VisualPart {
  const { texture, ...rest } = part;
  return texture === undefined ? part : rest;
}

function squares(): TextureData {
  const side = 2 * squarePixels;
  const shade = (i: number): number => {
    const [row, column] = [Math.floor(i / side), i % side].map((pixel) => Math.floor(pixel / squarePixels)) as [number, number];
    return row === column ? grey.light : grey.dark;
  };
  return { kind: "2d", width: side, height: side, channels: 1, pixels: Uint8Array.from({ length: side * side }, (_, i) => shade(i)) };
}
