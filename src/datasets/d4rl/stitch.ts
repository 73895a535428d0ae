import { UserError } from "../../util/index.js";
import { type Hdf5Array, type Hdf5Numbers } from "../hdf5.js";
import type { D4rlData } from "./data.js";

/** D4RL's own cap on the rows of a joined file. */
const mostRows = 2_000_000;

/**
 * `medium-expert` from its parts, as D4RL makes it: the medium rows up to their last finished episode, then all expert
 * rows, at most two million. Arrays that one of the two lacks are left out; metadata are not carried over.
 *
 * @throws UserError for two robots
 * @example joinMediumExpert(await readD4rl("hopper_medium-v2.hdf5"), await readD4rl("hopper_expert-v2.hdf5"))
 */
export function joinMediumExpert(medium: D4rlData, expert: D4rlData): D4rlData {
  if (medium.robot !== expert.robot) throw new UserError(`Cannot join medium and expert data: one robot required, got ${medium.robot} and ${expert.robot}.`);
  let cut = medium.rows;
  while (cut > 1 && medium.terminals[cut - 1] !== 1 && medium.timeouts?.[cut - 1] !== 1) cut--;
  const rows = Math.min(mostRows, cut + expert.rows);
  const { robot, observationDim, actionDim } = medium;
  const join = <A extends Float32Array | Uint8Array>(one: A, two: A, width = 1): A => joined(one, { two, first: cut * width, length: rows * width });
  return {
    robot,
    rows,
    observationDim,
    actionDim,
    observations: join(medium.observations, expert.observations, observationDim),
    actions: join(medium.actions, expert.actions, actionDim),
    rewards: join(medium.rewards, expert.rewards),
    terminals: join(medium.terminals, expert.terminals),
    ...(medium.timeouts === undefined || expert.timeouts === undefined ? {} : { timeouts: join(medium.timeouts, expert.timeouts) }),
    ...(medium.nextObservations === undefined || expert.nextObservations === undefined ? {} : { nextObservations: join(medium.nextObservations, expert.nextObservations, observationDim) }),
    infos: Object.fromEntries(
      Object.entries(medium.infos).flatMap(([name, one]) => {
        const two = expert.infos[name];
        return two === undefined ? [] : [[name, joinArrays(one, { two, cut, rows })]];
      }),
    ),
    metadata: {},
  };
}

function joinArrays(one: Hdf5Array, { two, cut, rows }: { two: Hdf5Array; cut: number; rows: number }): Hdf5Array {
  const inner = one.shape.slice(1);
  const width = inner.reduce((product, size) => product * size, 1);
  return { shape: [rows, ...inner], data: joined(one.data, { two: two.data, first: cut * width, length: rows * width }) };
}

/** The first numbers of one array, then those of another. */
function joined<A extends Hdf5Numbers>(one: A, { two, first, length }: { two: A; first: number; length: number }): A {
  const Kind = one.constructor as new (length: number) => A;
  const all = new Kind(length) as unknown as Float64Array;
  all.set(one.subarray(0, first) as unknown as Float64Array);
  all.set(two.subarray(0, length - first) as unknown as Float64Array, first);
  return all as unknown as A;
}
