import { existsSync } from "node:fs";
import { basename, relative, resolve } from "node:path";
import { InvalidArgumentError, type Command } from "commander";
import { taskNames } from "../../envs/index.js";
import { prepareData, prepareTexts, readRunConfig, watchedEpisode } from "../../experiments/index.js";
import { loadTaskPrompts } from "../../prompts/index.js";
import { recordMetaworld, replayPage, type MetaworldReplayOptions } from "../../viewer/index.js";
import { UserError, oneOf, terminalProgress, writeFileAtomic } from "../../util/index.js";

interface WatchOptions {
  readonly policy: string;
  readonly seed?: number;
  readonly goal: number;
  readonly out?: string;
}

const scripted = ["expert", "random"] as const;

function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError("A whole number ≥ 0 required.");
  return Number(text);
}

/** `llmdpd watch <task>`: an episode as one HTML file. */
export function register(program: Command): void {
  program
    .command("watch")
    .description("play one episode and write it as one HTML file that replays it in 3D, in any browser and without a network")
    .argument("<task>", "a Meta-World task, such as door-open")
    .option("--policy <policy>", "expert, random, or the folder of a trained run", "expert")
    .option("--seed <n>", "seed of the goals, and of random actions (default: 0, or of a run its evaluation's)", wholeNumber)
    .option("--goal <n>", "which of the seed's goals", wholeNumber, 0)
    .option("--out <file>", "HTML file to write; default <task>-<policy>.html")
    .addHelpText("after", "\nExamples:\n  npx --no llmdpd watch door-open --goal 3 --out door.html\n  npx --no llmdpd watch door-lock --policy data/runs/quick/full-seed0")
    .action(async (task: string, options: WatchOptions) => {
      const name = oneOf(task, taskNames, { what: "task" });
      const sentence = loadTaskPrompts("metaworld").get(name)?.description;
      const episode = { ...(await chosen(name, options)), goal: options.goal, ...(sentence === undefined ? {} : { sentence }) };
      const onProgress = terminalProgress();
      const replay = await recordMetaworld(name, { ...episode, onProgress });
      const page = await replayPage(replay);
      const path = resolve(options.out ?? `${name}-${basename(resolve(options.policy))}.html`);
      await writeFileAtomic(path, page);
      console.log(`${name}: ${replay.labels.map((label) => `${label.name} ${label.value}`).join(", ")}.`);
      console.log(`Wrote ${relative(process.cwd(), path)} (${(page.length / 1e6).toFixed(1)} MB): open it in a browser.`);
    });
}

/** The expert and random actions by name; anything else is the folder of a run. */
async function chosen(task: string, { policy, seed, goal }: WatchOptions): Promise<MetaworldReplayOptions> {
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
