import { relative, resolve } from "node:path";
import { InvalidArgumentError, type Command } from "commander";
import { taskNames } from "../../envs/index.js";
import { loadTaskPrompts } from "../../prompts/index.js";
import { recordMetaworld, replayPage, type Policy } from "../../viewer/index.js";
import { oneOf, writeFileAtomic } from "../../util/index.js";

interface WatchOptions {
  readonly policy: string;
  readonly seed: number;
  readonly goal: number;
  readonly out?: string;
}

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
    .option("--seed <n>", "seed of the goals, and of random actions", wholeNumber, 0)
    .option("--goal <n>", "which of the seed's goals", wholeNumber, 0)
    .option("--out <file>", "HTML file to write; default <task>-<policy>.html")
    .addHelpText("after", "\nExample: npx --no llmdpd watch door-open --goal 3 --out door.html")
    .action(async (task: string, options: WatchOptions) => {
      const name = oneOf(task, taskNames, { what: "task" });
      const sentence = loadTaskPrompts("metaworld").get(name)?.description;
      const replay = await recordMetaworld(name, {
        policy: options.policy as Policy, seed: options.seed, goal: options.goal, ...(sentence === undefined ? {} : { sentence }),
      });
      const page = await replayPage(replay);
      const path = resolve(options.out ?? `${name}-${options.policy}.html`);
      await writeFileAtomic(path, page);
      const shown = replay.labels.map((label) => `${label.name}: ${label.value}`).join(", ");
      console.log(`${name}, ${shown}.`);
      console.log(`Wrote ${relative(process.cwd(), path)} (${(page.length / 1e6).toFixed(1)} MB): open it in a browser.`);
    });
}
