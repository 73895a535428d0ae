import { existsSync } from "node:fs";
import { basename, relative, resolve } from "node:path";
import { InvalidArgumentError, type Command } from "commander";
import { robotNames, taskNames, type RobotName } from "../../envs/index.js";
import { prepareData, prepareTexts, readRunConfig, watchedEpisode } from "../../experiments/index.js";
import { recordRobot } from "../../notebook/index.js";
import { loadTaskPrompts } from "../../prompts/index.js";
import { recordMetaworld, replayPage, type MetaworldReplayOptions, type Replay } from "../../viewer/index.js";
import { UserError, oneOf, terminalProgress, writeFileAtomic } from "../../util/index.js";

interface WatchOptions {
  readonly policy: string;
  readonly seed?: number;
  readonly goal?: number;
  readonly out?: string;
}

/** What can be watched: names, and how an episode of one of them is recorded. */
const suites: readonly { readonly names: readonly string[]; readonly record: (name: string, options: WatchOptions) => Promise<Replay> }[] = [
  { names: taskNames, record: recordTask },
  { names: robotNames, record: recordRobotNamed },
];

const scripted = ["expert", "random"] as const;

function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError("A whole number ≥ 0 required.");
  return Number(text);
}

/** `llmdpd watch <name>`: an episode as one HTML file. */
export function register(program: Command): void {
  program
    .command("watch")
    .description("play one episode and write it as one HTML file that replays it in 3D, in any browser and without a network")
    .argument("<name>", `a Meta-World task, such as door-open, or a robot: ${robotNames.join(", ")}`)
    .option("--policy <policy>", "expert, random, medium (a robot's) or the folder of a trained run", "expert")
    .option("--seed <n>", "seed of the goals or of a robot's start, and of random actions (default: 0, or of a run its evaluation's)", wholeNumber)
    .option("--goal <n>", "which of the seed's goals (default: 0)", wholeNumber)
    .option("--out <file>", "HTML file to write; default <name>-<policy>.html")
    .addHelpText(
      "after",
      "\nExamples:\n  npx --no llmdpd watch door-open --goal 3 --out door.html\n  npx --no llmdpd watch door-lock --policy data/runs/quick/full-seed0\n  npx --no llmdpd watch hopper --policy medium\n  npx --no llmdpd watch hopper --policy data/runs/locomotion-small/full-seed0",
    )
    .action(async (asked: string, options: WatchOptions) => {
      const name = oneOf(asked, suites.flatMap(({ names }) => names), { what: "task or robot" });
      const suite = suites.find(({ names }) => names.includes(name)) as (typeof suites)[number];
      const replay = await suite.record(name, options);
      const page = await replayPage(replay);
      const path = resolve(options.out ?? `${name}-${basename(resolve(options.policy))}.html`);
      await writeFileAtomic(path, page);
      console.log(`${name}: ${replay.labels.map((label) => `${label.name} ${label.value}`).join(", ")}.`);
      console.log(`Wrote ${relative(process.cwd(), path)} (${(page.length / 1e6).toFixed(1)} MB): open it in a browser.`);
    });
}

async function recordTask(task: string, options: WatchOptions): Promise<Replay> {
  const sentence = loadTaskPrompts("metaworld").get(task)?.description;
  const episode = { ...(await taskPolicy(task, options)), goal: options.goal ?? 0, ...(sentence === undefined ? {} : { sentence }) };
  return await recordMetaworld(task, { ...episode, onProgress: terminalProgress() });
}

/** The expert and random actions by name; anything else is the folder of a run. */
async function taskPolicy(task: string, { policy, seed, goal = 0 }: WatchOptions): Promise<MetaworldReplayOptions> {
  const named = scripted.find((name) => name === policy);
  if (named !== undefined) return { policy: named, seed: seed ?? 0 };
  const path = resolve(policy);
  if (!existsSync(path)) throw new UserError(`Cannot find policy "${policy}": ${scripted.join(", ")} or the folder of a run required. \`npx --no llmdpd runs\` lists the runs.`);
  const config = readRunConfig(path);
  const onProgress = terminalProgress();
  if (config.variant !== "random" && config.variant !== "expert") {
    await prepareData([config], { onProgress });
    await prepareTexts([config], { onProgress });
  }
  const { name, act, goalVisible, randVec } = await watchedEpisode(path, { task, goal, ...(seed === undefined ? {} : { goalSeed: seed }) });
  const run = relative(process.cwd(), path);
  return { maxSteps: config.evaluate.maxSteps, policy: { name: `${run} (${name})`, act, goalVisible }, randVec, episode: seed === undefined ? `goal ${goal} of the run's evaluation` : `goal ${goal} of seed ${seed}` };
}

/** The policies that come with the repository, random actions, and runs. */
async function recordRobotNamed(robot: string, { policy, seed = 0, goal }: WatchOptions): Promise<Replay> {
  if (goal !== undefined) throw new UserError(`Cannot choose goal ${goal} of "${robot}": a robot has no goals, only starts. Choose one with --seed.`);
  return await recordRobot(robot as RobotName, { policy, seed, onProgress: terminalProgress() });
}
