import { readFileSync } from "node:fs";
import { z } from "zod";
import { UserError, dataPath, messageOf, oneOf, type Rng } from "../../util/index.js";

/** The texts of one task: the description and other wordings of it. */
export interface TaskPrompt {
  readonly description: string;
  readonly paraphrases: readonly string[];
}

/** Texts by task, the description first. */
export type TaskTexts = ReadonlyMap<string, readonly string[]>;

const text = z.string().trim().min(8);
const fileSchema = z.strictObject({
  suite: z.string(),
  about: z.string(),
  tasks: z.record(z.string(), z.strictObject({ description: text, paraphrases: z.array(text).length(3) })),
});

/**
 * Reads the committed texts of a suite of tasks, `data/prompts/<suite>.json`.
 *
 * @param path another file of the same form
 * @throws UserError if the file is not of the form, or two of its texts are equal
 * @example loadTaskPrompts("metaworld").get("door-open")?.description
 */
export function loadTaskPrompts(suite: "metaworld" | "locomotion", path: string = dataPath("prompts", `${suite}.json`)): ReadonlyMap<string, TaskPrompt> {
  const fail = (problem: string, cause?: unknown): never => {
    throw new UserError(`Cannot read task texts from "${path}": ${problem}`, { cause });
  };
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    fail(messageOf(error), error);
  }
  const parsed = fileSchema.safeParse(value);
  if (!parsed.success) return fail(z.prettifyError(parsed.error));
  const prompts = new Map(Object.entries(parsed.data.tasks));
  const seen = new Map<string, string>();
  for (const [task, { description, paraphrases }] of prompts) {
    for (const sentence of [description, ...paraphrases]) {
      const other = seen.get(sentence.toLowerCase());
      if (other !== undefined) fail(`texts must differ, but "${task}" and "${other}" both say "${sentence}"`);
      seen.set(sentence.toLowerCase(), task);
    }
  }
  return prompts;
}

/**
 * The texts of some tasks.
 *
 * @param options.paraphrases whether other wordings follow the description; true by default
 * @throws UserError for a task without texts
 */
export function taskTexts(prompts: ReadonlyMap<string, TaskPrompt>, { tasks, paraphrases = true }: { tasks: readonly string[]; paraphrases?: boolean }): TaskTexts {
  const known = [...prompts.keys()];
  return new Map(
    tasks.map((task) => {
      const prompt = prompts.get(oneOf(task, known, { what: "task" })) as TaskPrompt;
      return [task, paraphrases ? [prompt.description, ...prompt.paraphrases] : [prompt.description]];
    }),
  );
}

/** Control: every task is told nothing. */
export function emptyTexts(texts: TaskTexts): TaskTexts {
  return new Map([...texts.keys()].map((task) => [task, [""]]));
}

/** Control: a wording that training on descriptions has not seen. */
export function paraphrasedTexts(texts: TaskTexts): TaskTexts {
  return new Map([...texts].map(([task, [, ...others]]) => [task, others]));
}

/**
 * Control: texts are dealt to tasks by a fixed permutation that leaves none in place. A text still tells tasks apart,
 * but what it says is wrong.
 *
 * @throws UserError for fewer than two tasks
 */
export function shuffledTexts(texts: TaskTexts, { rng }: { rng: Rng }): TaskTexts {
  if (texts.size < 2) throw new UserError(`Cannot shuffle texts among tasks: at least 2 tasks are required, got ${texts.size}.`);
  // One cycle through all tasks in random order has no fixed point.
  const order = rng.shuffle([...texts.keys()]);
  const giver = new Map(order.map((task, i) => [task, order[(i + 1) % order.length] as string]));
  return new Map([...texts.keys()].map((task) => [task, texts.get(giver.get(task) as string) as readonly string[]]));
}

/** Control: the words of each text in random order, so that only vocabulary is left. */
export function shuffledWords(texts: TaskTexts, { rng }: { rng: Rng }): TaskTexts {
  return new Map([...texts].map(([task, sentences]) => [task, sentences.map((sentence, i) => rng.fork(task, i).shuffle(sentence.split(/\s+/)).join(" "))]));
}

/**
 * Control at evaluation: the description of another task.
 *
 * @throws UserError if there is no other task
 */
export function wrongTaskText(texts: TaskTexts, { task, rng }: { task: string; rng: Rng }): { task: string; text: string } {
  const others = [...texts.keys()].filter((other) => other !== task);
  if (others.length === 0) throw new UserError(`Cannot find a wrong text for "${task}": another task is required, got none.`);
  const other = rng.choice(others);
  return { task: other, text: texts.get(other)?.[0] ?? "" };
}
