import type { Simulation, VisualModel } from "../envs/index.js";
import type { PackedCamera, PackedCurve, PackedMarker } from "./format.js";

/** A number of every frame, drawn beside the scene; NaN where there is none, such as a reward before the first step. */
export type Curve = Omit<PackedCurve, "values"> & { readonly values: ArrayLike<number> };
/** A point of the scene that is marked. */
export type Marker = PackedMarker;
/** A view on the scene. */
export type Camera = PackedCamera;

/**
 * A recorded episode of any simulation: how its scene looks, where every body was in each frame, and what else is worth
 * seeing. Frame 0 is the start, frame i follows step i.
 */
export interface Replay {
  readonly title: string;
  /** What is to be done, in a sentence. */
  readonly sentence?: string;
  /** Facts about the episode, in the order in which they are shown. */
  readonly labels: readonly { readonly name: string; readonly value: string }[];
  readonly scene: VisualModel;
  readonly secondsPerFrame: number;
  /** (frames × bodies × 3), metres. */
  readonly positions: Float32Array;
  /** (frames × bodies × 4), w x y z. */
  readonly quaternions: Float32Array;
  readonly curves: readonly Curve[];
  readonly markers?: readonly Marker[];
  /** The first is the view that opens; the scene's own cameras follow these. */
  readonly cameras?: readonly Camera[];
  /** Names of bodies whose way is drawn. */
  readonly trails?: readonly string[];
}

/** Takes down where the bodies of a simulation are. */
export interface PoseRecorder {
  /** Adds the simulation's present state as the next frame. */
  capture(): void;
  /** All frames so far. */
  poses(): Pick<Replay, "positions" | "quaternions">;
}

/**
 * A recorder of a simulation's body poses.
 *
 * @example
 * const recorder = recordPoses(env.simulation);
 * recorder.capture();
 */
export function recordPoses(simulation: Simulation): PoseRecorder {
  const positions: Float32Array[] = [];
  const quaternions: Float32Array[] = [];
  return {
    capture: () => {
      positions.push(Float32Array.from(simulation.xpos));
      quaternions.push(Float32Array.from(simulation.xquat));
    },
    poses: () => ({ positions: joined(positions), quaternions: joined(quaternions) }),
  };
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
