import type { SimulationBackend } from "../mujoco/simulation.js";
import { type MetaworldEnv, type StepResult, createMetaworldEnv, expertAction } from "./env.js";
import { type Golden, goldenMujoco } from "./golden.js";

/** Largest absolute differences that still count as equal. */
export const parityTolerance = { observation: 1e-9, reward: 1e-8, state: 1e-9, policy: 1e-9, info: 1e-8 } as const;

export type ParityQuantity = keyof typeof parityTolerance;

/** How one golden file compares. */
export interface ParityRow {
  readonly task: string;
  readonly seed: number;
  readonly backend: SimulationBackend;
  /** Comparisons made: resets, states, steps, expert actions. */
  readonly cases: number;
  /** Steps left out because they are on the list of exceptions. */
  readonly excepted: number;
  /** Largest absolute difference of each quantity. */
  readonly largest: Readonly<Record<ParityQuantity, number>>;
  /** Steps until the free-running episodes leave the recorded ones, which contacts make them do in the end. */
  readonly agrees: { readonly random: number; readonly expert: number };
  /** What is beyond tolerance; empty where all is well. */
  readonly failures: readonly string[];
}

/** Steps of one-step cases that a backend is known to compute differently, by "task/seed". */
export type ParityExceptions = Readonly<Record<string, readonly number[]>>;

/**
 * Steps of the free-running episodes that must agree. Later ones may drift apart without an error: contacts amplify
 * the last bit of another processor's sine. The WebAssembly build may differ from the first mesh contact on.
 */
const judgedSteps: Record<SimulationBackend, { random: number; expert: number }> = {
  native: { random: 60, expert: 20 },
  wasm: { random: 0, expert: 0 },
};

class Tally {
  cases = 0;
  excepted = 0;
  readonly largest: Record<ParityQuantity, number> = { observation: 0, reward: 0, state: 0, policy: 0, info: 0 };
  readonly failures: string[] = [];

  compare(quantity: ParityQuantity, { where, ours, theirs }: { where: string; ours: ArrayLike<number>; theirs: ArrayLike<number> }): void {
    let worst = ours.length === theirs.length ? 0 : Infinity;
    for (let i = 0; i < theirs.length; i++) {
      const difference = Math.abs((ours[i] as number) - (theirs[i] as number));
      worst = difference <= worst ? worst : Number.isNaN(difference) ? Infinity : difference;
    }
    this.largest[quantity] = Math.max(this.largest[quantity], worst);
    if (!(worst <= parityTolerance[quantity])) this.failures.push(`${where}: ${quantity} differs by ${worst.toExponential(1)}`);
  }

  /** Takes over what another tally has counted. */
  add(other: Tally): void {
    this.cases += other.cases;
    this.failures.push(...other.failures);
    for (const quantity of Object.keys(this.largest) as ParityQuantity[]) {
      this.largest[quantity] = Math.max(this.largest[quantity], other.largest[quantity]);
    }
  }

  step(where: string, ours: StepResult, theirs: Golden["random"]["rows"][number] | Golden["one_step"][number]["after"]): void {
    this.cases++;
    this.compare("observation", { where, ours: ours.observation, theirs: theirs.obs });
    this.compare("reward", { where, ours: [ours.reward], theirs: [theirs.reward_f64] });
    if (Number(ours.success) !== theirs.success) this.failures.push(`${where}: success is ${ours.success}, recorded ${theirs.success === 1}`);
    if (theirs.truncated !== undefined && ours.truncated !== theirs.truncated) this.failures.push(`${where}: truncated is ${ours.truncated}`);
    for (const [name, value] of Object.entries(theirs.info_f64 ?? {})) {
      this.compare("info", { where: `${where}, ${name}`, ours: [ours.info[name] ?? NaN], theirs: [value] });
    }
  }
}

/**
 * Compares a task with its recording: the reset from the random vector alone, one-step cases from recorded states,
 * the expert's action for recorded observations, and whole episodes of recorded expert and random actions.
 *
 * @throws UserError for a task that is not here
 */
export async function checkParity(golden: Golden, { backend, exceptions = {} }: { backend: SimulationBackend | "auto"; exceptions?: Partial<Record<SimulationBackend, ParityExceptions>> }): Promise<ParityRow> {
  const task = golden.task.replace(/-v3$/, "");
  const env = await createMetaworldEnv(task, { backend });
  const tally = new Tally();
  if (golden.versions.mujoco !== goldenMujoco) tally.failures.push(`recorded with MuJoCo ${golden.versions.mujoco}, ${goldenMujoco} required`);
  try {
    checkOneStep(env, golden, { tally, except: exceptions[env.simulation.backend]?.[`${task}/${golden.seed}`] ?? [] });
    const random = checkEpisode(env, golden, { kind: "random", tally });
    const expert = checkEpisode(env, golden, { kind: "expert", tally });
    const { cases, excepted, largest, failures } = tally;
    return { task, seed: golden.seed, backend: env.simulation.backend, cases, excepted, largest, agrees: { random, expert }, failures };
  } finally {
    env.close();
  }
}

function checkReset(env: MetaworldEnv, golden: Golden, tally: Tally): void {
  const { reset } = golden;
  tally.cases++;
  tally.compare("observation", { where: "reset", ours: env.reset(golden.rand_vec), theirs: reset.obs });
  checkState(env, { where: "reset", theirs: reset, tally });
}

function checkState(env: MetaworldEnv, { where, theirs, tally }: { where: string; theirs: { qpos: readonly number[]; qvel: readonly number[] }; tally: Tally }): void {
  tally.compare("state", { where: `${where}, qpos`, ours: env.simulation.qpos, theirs: theirs.qpos });
  tally.compare("state", { where: `${where}, qvel`, ours: env.simulation.qvel, theirs: theirs.qvel });
}

function checkOneStep(env: MetaworldEnv, golden: Golden, { tally, except }: { tally: Tally; except: readonly number[] }): void {
  checkReset(env, golden, tally);
  for (const { step, state, py_state: { _prev_obs: previousFrame, curr_path_length: steps }, policy_obs: seen, action, after } of golden.one_step) {
    const where = `one step from ${step}`;
    tally.cases++;
    tally.compare("policy", { where, ours: expertAction(env.task, seen), theirs: action });
    env.restore({
      ...state,
      mocapPos: state.mocap_pos,
      mocapQuat: state.mocap_quat,
      qaccWarmstart: state.qacc_warmstart,
      previousFrame,
      step: steps,
    });
    const result = env.step(action);
    if (except.includes(step)) {
      tally.excepted++;
      continue;
    }
    tally.step(where, result, after);
    checkState(env, { where, theirs: after, tally });
  }
}

/** Plays recorded actions from the reset on; returns the number of steps that agree. */
function checkEpisode(env: MetaworldEnv, golden: Golden, { kind, tally }: { kind: "random" | "expert"; tally: Tally }): number {
  env.reset(golden.rand_vec);
  const judged = judgedSteps[env.simulation.backend][kind];
  const { actions, rows } = golden[kind];
  const rowOf = new Map(rows.map((row) => [row.step, row]));
  const states = new Map(kind === "random" ? golden.random.states.map((state) => [state.step, state]) : []);
  for (let step = 0; step < actions.length; step++) {
    const where = `${kind} step ${step}`;
    const result = env.step(actions[step] as number[]);
    const attempt = new Tally();
    const row = rowOf.get(step);
    const state = states.get(step);
    if (row !== undefined) attempt.step(where, result, row);
    if (state !== undefined) checkState(env, { where, theirs: state, tally: attempt });
    if (attempt.failures.length > 0 && step >= judged) return step;
    tally.add(attempt);
  }
  return actions.length;
}
