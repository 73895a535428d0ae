import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Hdf5Group, readHdf5 } from "../hdf5.js";
import { transitionsOf } from "../transitions.js";
import { checkD4rl, summarizeD4rl } from "./check.js";
import { readD4rl } from "./read.js";
import { joinMediumExpert } from "./stitch.js";
import { python, recordRandom } from "./testing.js";
import { d4rlTrajectories, qlearningDataset, sequenceDataset } from "./views.js";
import { writeD4rl } from "./write.js";

let folder = "";
const file = (name: string): string => join(folder, `${name}.hdf5`);
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "llmdpd-d4rl-"));
  python("d4rl_files", "write", folder);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** An array of Python's; single precision, as ours are. */
const numbers = (group: Hdf5Group | undefined, name: string): Float32Array => Float32Array.from(group?.arrays[name]?.data as Float64Array, Number);
/** Where two arrays differ first, -1 if nowhere: a quick toEqual. */
const difference = (ours: ArrayLike<number>, theirs: ArrayLike<number>): number => {
  for (let i = 0; i < Math.max(ours.length, theirs.length); i++) if (ours[i] !== theirs[i]) return i;
  return -1;
};

describe.each(["hopper_medium-v2", "walker2d_medium_replay-v2", "halfcheetah_random-v2", "hopper_other_types-v2", "hopper_medium"])("%s", (name) => {
  let theirs: Hdf5Group;
  beforeAll(async () => {
    python("d4rl_files", "views", file(name), file(`views-${name}`));
    theirs = await readHdf5(file(`views-${name}`));
  });

  it.each([["qlearning", false], ["qlearning_to_the_end", true]] as const)("%s_dataset, to the row", async (view, terminateOnEnd) => {
    const data = await readD4rl(file(name));
    const { count, observations, actions, nextObservations, rewards, notDone, starts, trajectory } = qlearningDataset(data, { terminateOnEnd });
    const group = theirs.groups[view];
    expect(count).toBe(numbers(group, "rewards").length);
    expect(difference(observations, numbers(group, "observations"))).toBe(-1);
    expect(difference(actions, numbers(group, "actions"))).toBe(-1);
    expect(difference(nextObservations, numbers(group, "next_observations"))).toBe(-1);
    expect(difference(rewards, numbers(group, "rewards"))).toBe(-1);
    expect(difference(notDone.map((alive) => 1 - alive), numbers(group, "terminals"))).toBe(-1);
    for (let i = 0; i + 1 < starts.length; i++) expect(new Set(trajectory.subarray(starts[i], starts[i + 1]))).toEqual(new Set([i]));
    expect(starts.at(-1)).toBe(count);
  });

  it("sequence_dataset, to the row", async () => {
    const data = await readD4rl(file(name));
    const episodes = sequenceDataset(data);
    const groups = theirs.groups["sequence"]?.groups ?? {};
    expect(episodes).toHaveLength(Object.keys(groups).length);
    expect(episodes.length).toBeGreaterThan(1);
    for (const [index, episode] of episodes.entries()) {
      const group = groups[index];
      const arrays: Record<string, ArrayLike<number>> = { observations: episode.observations, actions: episode.actions, rewards: episode.rewards, terminals: episode.terminals };
      if (episode.timeouts !== undefined) arrays["timeouts"] = episode.timeouts;
      if (episode.nextObservations !== undefined) arrays["next_observations"] = episode.nextObservations;
      expect(Object.keys(group?.arrays ?? {}).sort()).toEqual(Object.keys(arrays).sort());
      for (const [field, values] of Object.entries(arrays)) expect([field, difference(values, numbers(group, field))]).toEqual([field, -1]);
      const infos = group?.groups["infos"];
      for (const [field, values] of Object.entries(episode.infos)) expect([field, difference(Float32Array.from(values.data as Float64Array), numbers(infos, field))]).toEqual([field, -1]);
      expect(Object.keys(infos?.arrays ?? {}).sort()).toEqual(Object.keys(episode.infos).sort());
    }
  });
});

it("metadata and types: what the file says is kept, numbers become float32 and flags bytes", async () => {
  const { metadata, infos, robot, rows } = await readD4rl(file("hopper_medium-v2"));
  expect([robot, rows]).toEqual(["hopper", 3272]);
  expect(metadata).toEqual({ algorithm: "SAC", iteration: 1200, "policy/fc0/weight": { shape: [3, 4], data: Float32Array.from({ length: 12 }, (_, i) => i) } });
  expect([infos["qpos"]?.data.constructor, infos["action_log_probs"]?.data.constructor]).toEqual([Float64Array, Float32Array]);
  const bare = await readD4rl(file("hopper_medium-v2"), { infos: false });
  expect([bare.infos, bare.metadata]).toEqual([{}, {}]);
});

it("medium-expert is the finished medium episodes, then all of expert", async () => {
  const [medium, expert] = [await readD4rl(file("hopper_medium-v2")), await readD4rl(file("hopper_expert-v2"))];
  const both = joinMediumExpert(medium, expert);
  const cut = 1000 + 321 + 1000 + 1 + 700;
  expect(both.rows).toBe(cut + 2055);
  expect(difference(both.observations.subarray(0, cut * 11), medium.observations.subarray(0, cut * 11))).toBe(-1);
  expect(difference(both.observations.subarray(cut * 11), expert.observations)).toBe(-1);
  expect(difference(both.timeouts!.subarray(cut), expert.timeouts!)).toBe(-1);
  expect(difference(both.infos["qvel"]!.data.subarray(cut * 6) as Float64Array, expert.infos["qvel"]!.data as Float64Array)).toBe(-1);
  expect(sequenceDataset(both)).toHaveLength(5 + 3);
  expect(both.nextObservations?.length).toBe(both.rows * 11);
  await expect(readD4rl(file("walker2d_medium_replay-v2")).then((other) => joinMediumExpert(medium, other))).rejects.toThrow(/one robot required, got hopper and walker2d/);
});

it("trajectories end in the observation that followed, where the file has it", async () => {
  const medium = await readD4rl(file("hopper_medium-v2"));
  const trajectories = d4rlTrajectories(medium);
  expect(trajectories.map(({ steps }) => steps)).toEqual([1000, 321, 1000, 1, 700]);
  expect([...(trajectories[1]?.observations.slice(-11) ?? [])]).toEqual([...(medium.nextObservations?.slice(1320 * 11, 1321 * 11) ?? [])]);
  expect(trajectories.map(({ terminations, truncations, steps }) => [terminations[steps - 1], truncations[steps - 1]])).toEqual([[0, 1], [1, 0], [0, 1], [1, 0], [1, 0]]);
  const cheetah = d4rlTrajectories(await readD4rl(file("halfcheetah_random-v2")));
  expect(cheetah.map(({ steps }) => steps)).toEqual([999, 999]);
  // Without next_observations, the two ways to the same transitions agree.
  const [one, two] = [transitionsOf(cheetah), qlearningDataset(await readD4rl(file("halfcheetah_random-v2")))];
  expect(difference(one.nextObservations.subarray(0, 999 * 17), two.nextObservations.subarray(0, 999 * 17))).toBe(-1);
});

it("files written here are D4RL's to Python, and the same when they are read", async () => {
  const data = await recordRandom("walker2d", { rows: 400, longest: 30 });
  await writeD4rl(file("walker2d_written-v2"), data);
  expect(await readD4rl(file("walker2d_written-v2"))).toEqual(data);
  const seen = JSON.parse(python("d4rl_files", "describe", file("walker2d_written-v2"))) as Record<string, { shape: number[]; dtype: string; sum: number }>;
  expect(Object.fromEntries(Object.entries(seen).map(([name, { shape, dtype }]) => [name, [shape, dtype]]))).toMatchObject({
    observations: [[400, 17], "float32"], actions: [[400, 6], "float32"], rewards: [[400], "float32"], terminals: [[400], "uint8"], timeouts: [[400], "uint8"],
    next_observations: [[400, 17], "float32"], "infos/qpos": [[400, 9], "float32"], "infos/qvel": [[400, 9], "float32"],
  });
  expect(seen["observations"]?.sum).toBeCloseTo(data.observations.reduce((sum, value) => sum + value, 0), 3);
  expect(seen["metadata/algorithm"]?.sum).toBe("random actions");
  python("d4rl_files", "views", file("walker2d_written-v2"), file("views-written"));
  expect(difference(qlearningDataset(data).observations, numbers((await readHdf5(file("views-written"))).groups["qlearning"], "observations"))).toBe(-1);
});

describe("D4RL's own checks", () => {
  it("pass for what our robots recorded, and say what they looked at", async () => {
    for (const robot of ["hopper", "halfcheetah", "walker2d"] as const) {
      const data = await recordRandom(robot, { rows: 300, longest: 40 });
      expect((await checkD4rl(data)).map(({ passed, detail }) => [passed, detail])).toEqual([[true, expect.stringContaining("infos/qvel")], [true, expect.stringMatching(/\d+ within/)], [true, expect.stringMatching(/^300 states, largest squared error/)]]);
      const { rows, episodes, terminals, timeouts, returns } = summarizeD4rl(data);
      expect([rows, episodes]).toEqual([300, terminals + timeouts]);
      expect(returns!.max).toBeGreaterThan(returns!.min);
    }
  });

  it("fail by name for equal rows, odd resets and states of another observation", async () => {
    const data = await recordRandom("hopper", { rows: 200, longest: 40 });
    const still = { ...data, actions: data.actions.map((_, i) => (i < 300 ? data.actions[i]! : data.actions[i - 300]!)) };
    expect((await checkD4rl(still))[0]).toEqual({ name: "rows differ", passed: false, detail: "rows 0 and 100 of actions are equal" });
    const [, [start] = []] = sequenceDataset(data).map((episode) => [episode.start]);
    const odd = { ...data, observations: data.observations.map((value, i) => (i === start! * 11 ? value + 9 : value)) };
    expect((await checkD4rl(odd))[1]).toMatchObject({ passed: false, detail: expect.stringMatching(new RegExp(`^observations of row ${start}, where an episode starts, are 9\\.\\d+ from those of row 0`)) });
    const shifted = { ...data, observations: data.observations.map((value, i) => (i === 150 * 11 + 3 ? value + 0.01 : value)) };
    expect((await checkD4rl(shifted))[2]).toMatchObject({ passed: false, detail: expect.stringMatching(/^infos\/qpos and infos\/qvel of row 150 give observations with a squared error of 1\.0e-4/) });
    expect((await checkD4rl({ ...data, infos: {} }))[2]?.passed).toBeUndefined();
  });
});

describe("files that cannot be read are refused by the name of the field", () => {
  it.each([
    ["hopper_no_terminals-v2", /"terminals" is needed and not there, got actions, /],
    ["hopper_renamed-v2", /"observations" is needed and not there, got .*obs.*/],
    ["hopper_nan-v2", /next_observations must hold finite numbers, got NaN at \[2000, 4\]\./],
    ["hopper_half-v2", /actions must hold float32 or float64 numbers, got float16\./],
    ["hopper_integers-v2", /rewards must hold float32 or float64 numbers, got int32\./],
    ["hopper_short-v2", /infos\/qvel must have 3272 rows as observations have, got 3271\./],
    ["hopper_flat-v2", /actions must have/],
    ["hopper_counted-v2", /terminals must hold booleans or 0 and 1, got 2 at \[2\]\./],
    ["hopper_of_a_walker-v2", /as data of hopper: observations of 11 numbers required, got 17\. Is it of halfcheetah or walker2d\?/],
    ["walker2d_of_a_cheetah-v2", /observations of walker2d must start near its height of 1\.25 m, got 0\.000 at \[0, 0\]\. Is it another robot's\?/],
  ])("%s", async (name, message) => {
    const error = (await readD4rl(file(name)).catch((reason: unknown) => reason)) as Error;
    expect(error.message).toMatch(message);
    expect(error.message).toContain(`${name}.hdf5`);
    expect(error.constructor.name).toBe("UserError");
  });

  it("truncated, foreign, missing, and of a robot that the name does not tell", async () => {
    const bytes = readFileSync(file("walker2d_medium_replay-v2"));
    writeFileSync(file("walker2d_cut-v2"), bytes);
    truncateSync(file("walker2d_cut-v2"), bytes.length - 4000);
    await expect(readD4rl(file("walker2d_cut-v2"))).rejects.toThrow(/Cannot read ".*walker2d_cut-v2.hdf5" at the header: truncated file/);
    writeFileSync(file("text"), "observations");
    await expect(readD4rl(file("text"))).rejects.toThrow(/Cannot read ".*text.hdf5" at the header/);
    await expect(readD4rl(file("nothing"))).rejects.toThrow(/there is no such file/);
    writeFileSync(file("data"), bytes);
    await expect(readD4rl(file("data"))).rejects.toThrow(/Cannot tell the robot of ".*data.hdf5".*halfcheetah and walker2d\. Name it/);
    expect((await readD4rl(file("data"), { robot: "walker2d" })).robot).toBe("walker2d");
    await expect(readD4rl(file("data"), { robot: "hopper" })).rejects.toThrow(/as data of hopper: observations of 11 numbers required, got 17/);
    expect(basename(file("data"))).toBe("data.hdf5");
  });
});
