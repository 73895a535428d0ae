import { UserError } from "../../util/index.js";
import type { SimulationBackend } from "../mujoco/simulation.js";
import { type LocomotionEnv, type LocomotionState, type LocomotionStep, createLocomotionEnv } from "./env.js";
import type { LocomotionGolden } from "./golden.js";
import { type LocomotionVersion, findVersion, locomotionRobots } from "./robots.js";

/** Largest absolute difference of observations, rewards, states and measures that still counts as equal. */
export const locomotionTolerance = 1e-9;

/** The version of MuJoCo whose recordings can be compared. */
const goldenMujoco = "3.14.0";

/** How far a second start lies from the first, well above the rounding of any processor and below what matters. */
const nudge = 1e-14;

/** How one golden file compares. */
export interface LocomotionParityRow {
  /** Name of the recording, "hopper-v5". */
  readonly env: string;
  readonly seed: number;
  readonly backend: SimulationBackend;
  /** Comparisons made: resets and steps. */
  readonly cases: number;
  /** Largest absolute differences: of one step from recorded states, and of free-running episodes where they are judged. */
  readonly largest: { readonly observation: number; readonly reward: number; readonly freeRunning: number };
  /** Steps of the free-running episodes: in all, judged (before chaos), agreeing in all. */
  readonly freeRunning: { readonly steps: number; readonly judged: number; readonly agree: number };
  /** What is beyond tolerance; empty where all is well. */
  readonly failures: readonly string[];
}

type GoldenStep = Pick<LocomotionGolden["rows"][number], "obs" | "reward" | "terminated" | "info">;

/** The robot and version that a recording names, "half-cheetah-v4"; undefined for another suite's. */
export function subjectOf(env: string): { robot: string; version: LocomotionVersion } | undefined {
  const [, gymnasium, version] = /^(.+)-(v\d+)$/.exec(env) ?? [];
  const robot = locomotionRobots.find((candidate) => candidate.gymnasium === gymnasium);
  return robot === undefined || version === undefined ? undefined : { robot: robot.name, version: findVersion(version) };
}

function difference(ours: ArrayLike<number>, theirs: ArrayLike<number>): number {
  if (ours.length !== theirs.length) return Infinity;
  let worst = 0;
  for (let i = 0; i < theirs.length; i++) {
    const gap = Math.abs((ours[i] as number) - (theirs[i] as number));
    worst = gap <= worst ? worst : Number.isNaN(gap) ? Infinity : gap;
  }
  return worst;
}

/** What a step differs by, and what of it is beyond tolerance. */
function compareStep(ours: LocomotionStep, theirs: GoldenStep): { observation: number; reward: number; problems: string[] } {
  const observation = difference(ours.observation, theirs.obs);
  const reward = difference([ours.reward], [theirs.reward]);
  const problems: string[] = [];
  if (observation > locomotionTolerance) problems.push(`observation differs by ${observation.toExponential(1)}`);
  if (reward > locomotionTolerance) problems.push(`reward differs by ${reward.toExponential(1)}`);
  if (ours.terminated !== theirs.terminated) problems.push(`terminated is ${ours.terminated}, recorded ${theirs.terminated}`);
  problems.push(...compareInfo(ours.info, theirs.info));
  return { observation, reward, problems };
}

function compareInfo(ours: Readonly<Record<string, number>>, theirs: Readonly<Record<string, number>>): string[] {
  const names = new Set([...Object.keys(ours), ...Object.keys(theirs)]);
  return [...names].flatMap((name) => {
    const gap = difference([ours[name] ?? NaN], [theirs[name] ?? NaN]);
    return gap <= locomotionTolerance ? [] : [`info ${name} is ${ours[name]}, recorded ${theirs[name]}`];
  });
}

const stateOf = ({ qacc_warmstart, ...state }: LocomotionGolden["reset"] | LocomotionGolden["one_step"][number]["state"]): LocomotionState => ({ ...state, qaccWarmstart: qacc_warmstart });

/**
 * Compares a robot with its recording: the reset, one step from each of the recorded states, and the whole episode of
 * recorded actions. These robots are chaotic, so that a free-running step is judged only as long as a second episode
 * that started 1e-14 beside the first has stayed within tolerance of it.
 *
 * @throws UserError for a recording of an environment that is not here
 */
export async function checkLocomotionParity(golden: LocomotionGolden, { backend = "auto" }: { backend?: SimulationBackend | "auto" } = {}): Promise<LocomotionParityRow> {
  const subject = subjectOf(golden.env);
  if (subject === undefined) throw new UserError(`Cannot compare "${golden.env}": a recording of ${locomotionRobots.map(({ gymnasium }) => gymnasium).join(", ")} required.`);
  const { robot, version } = subject;
  const env = await createLocomotionEnv(robot, { version, backend });
  const twin = await createLocomotionEnv(robot, { version, backend });
  try {
    const failures = golden.versions.mujoco === goldenMujoco ? [] : [`recorded with MuJoCo ${golden.versions.mujoco}, ${goldenMujoco} required`];
    const oneStep = checkOneStep(env, { golden, failures });
    const { freeRunning, largest } = checkEpisode({ env, twin, golden, failures });
    const cases = 1 + golden.one_step.length + golden.resets.length + freeRunning.judged;
    return { env: golden.env, seed: golden.seed, backend: env.simulation.backend, cases, largest: { ...oneStep, freeRunning: largest }, freeRunning, failures };
  } finally {
    env.close();
    twin.close();
  }
}

function checkOneStep(env: LocomotionEnv, { golden, failures }: { golden: LocomotionGolden; failures: string[] }): { observation: number; reward: number } {
  const { reset } = golden;
  const largest = { observation: difference(env.reset(reset), reset.obs), reward: 0 };
  if (largest.observation > locomotionTolerance) failures.push(`reset: observation differs by ${largest.observation.toExponential(1)}`);
  failures.push(...compareInfo(env.resetInfo(), reset.info).map((problem) => `reset: ${problem}`));
  for (const { step, state, action, after } of golden.one_step) {
    env.setState(stateOf(state));
    const { observation, reward, problems } = compareStep(env.step(action), after);
    const position = Math.max(difference(env.simulation.qpos, after.qpos), difference(env.simulation.qvel, after.qvel));
    if (position > locomotionTolerance) problems.push(`state differs by ${position.toExponential(1)}`);
    failures.push(...problems.map((problem) => `one step from ${step}: ${problem}`));
    largest.observation = Math.max(largest.observation, observation);
    largest.reward = Math.max(largest.reward, reward);
  }
  return largest;
}

/** Plays the recorded actions from the recorded resets on, with a twin that starts a little beside. */
function checkEpisode({ env, twin, golden, failures }: { env: LocomotionEnv; twin: LocomotionEnv; golden: LocomotionGolden; failures: string[] }): { freeRunning: LocomotionParityRow["freeRunning"]; largest: number } {
  const starts = new Map<number, { readonly qpos: number[]; readonly qvel: number[]; readonly obs: number[] }>(golden.resets.map((reset) => [reset.before_step, reset]));
  starts.set(0, golden.reset);
  const freeRunning = { steps: golden.rows.length, judged: 0, agree: 0 };
  let largest = 0;
  let calm = true;
  let over = false;
  for (const [index, theirs] of golden.rows.entries()) {
    const start = starts.get(index);
    if (start !== undefined) {
      calm = true;
      if (difference(env.reset(start), start.obs) > locomotionTolerance) failures.push(`reset before step ${index}: observation differs`);
      twin.reset({ qpos: start.qpos.map((value) => value + nudge), qvel: start.qvel });
    } else if (over) {
      // One of the two fell where the recorded one went on: nothing to compare before the next recorded reset.
      continue;
    }
    const [ours, beside] = [env.step(golden.actions[index] as number[]), twin.step(golden.actions[index] as number[])];
    over = ours.terminated || beside.terminated;
    calm &&= difference(ours.observation, beside.observation) <= locomotionTolerance && ours.terminated === beside.terminated;
    const { observation, reward, problems } = compareStep(ours, theirs);
    if (problems.length === 0) freeRunning.agree++;
    if (!calm) continue;
    freeRunning.judged++;
    largest = Math.max(largest, observation, reward);
    failures.push(...problems.map((problem) => `free-running step ${index}: ${problem}`));
  }
  return { freeRunning, largest };
}
