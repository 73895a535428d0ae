import { createLocomotionEnv, type LocomotionEnv, type RobotName } from "../../envs/index.js";
import type { Rng } from "../../util/index.js";
import { rowLayout, stepInto, type Replay, type RowLayout } from "./replay.js";

/** Where a lane was left: all that its next steps depend on. Arrays are float64 in base64, so that no bit is lost. */
export interface LaneNote {
  readonly qpos: string;
  readonly qvel: string;
  readonly qaccWarmstart: string;
  readonly time: number;
  /** Steps and return of the running episode, and its number in this lane. */
  readonly step: number;
  readonly return: number;
  readonly episode: number;
}

/** An episode that has ended. */
export interface EndedEpisode {
  readonly return: number;
  readonly steps: number;
}

const pack = (values: Float64Array): string => Buffer.from(values.slice().buffer).toString("base64");
const unpack = (text: string): Float64Array => new Float64Array(new Uint8Array(Buffer.from(text, "base64")).buffer);

/** Several environments of one robot that are stepped in turn; each start depends on the seed, the lane and the episode's number alone. */
export class OnlineLanes {
  private readonly lanes: { env: LocomotionEnv; observation: Float64Array; step: number; return: number; episode: number }[] = [];

  private constructor(private readonly rng: Rng) {}

  /** Begins anew, or where the notes say. */
  static async open(robot: RobotName, { count, rng, notes }: { count: number; rng: Rng; notes?: readonly LaneNote[] }): Promise<OnlineLanes> {
    const all = new OnlineLanes(rng);
    for (let lane = 0; lane < count; lane++) {
      const env = await createLocomotionEnv(robot);
      const note = notes?.[lane];
      if (note === undefined) all.lanes.push({ env, observation: env.reset(rng.fork("start", lane, 0)), step: 0, return: 0, episode: 0 });
      else {
        const observation = env.setState({ qpos: unpack(note.qpos), qvel: unpack(note.qvel), qaccWarmstart: unpack(note.qaccWarmstart), time: note.time, step: note.step });
        all.lanes.push({ env, observation, step: note.step, return: note.return, episode: note.episode });
      }
    }
    return all;
  }

  get layout(): RowLayout {
    return rowLayout((this.lanes[0] as { env: LocomotionEnv }).env);
  }

  /** (lanes, S) what the robots see now. */
  observations(): Float32Array {
    return Float32Array.from(this.lanes.flatMap(({ observation }) => [...observation]));
  }

  /** One step in every lane, recorded; `actions` is (lanes, A) in [−1, 1]. Returns the episodes that it ended. */
  step(actions: Float32Array, replay: Replay): EndedEpisode[] {
    const width = replay.layout.action;
    return this.lanes.flatMap((lane, index) => {
      const row = replay.add();
      row.set(actions.subarray(index * width, (index + 1) * width), replay.layout.observation);
      const { reward, terminated, truncated, observation } = stepInto(row, { env: lane.env, observation: lane.observation, layout: replay.layout });
      lane.step++;
      lane.return += reward;
      lane.observation = observation;
      if (!terminated && !truncated) return [];
      const ended = { return: lane.return, steps: lane.step };
      lane.episode++;
      lane.observation = lane.env.reset(this.rng.fork("start", index, lane.episode));
      lane.step = 0;
      lane.return = 0;
      return [ended];
    });
  }

  notes(): LaneNote[] {
    return this.lanes.map(({ env: { simulation }, step, return: sum, episode }) => ({
      qpos: pack(simulation.qpos), qvel: pack(simulation.qvel), qaccWarmstart: pack(simulation.qaccWarmstart), time: simulation.time, step, return: sum, episode,
    }));
  }

  close(): void {
    for (const { env } of this.lanes) env.close();
  }
}
