import type { Command } from "commander";
import { encodersAtHand, loadTaskPrompts, openTextEncoder, retrievalRow, taskTexts, type RetrievalRow } from "../../prompts/index.js";
import { terminalProgress } from "../../util/index.js";

/** `llmdpd prompts …`: the texts of the tasks and what encoders make of them. */
export function register(program: Command): void {
  const prompts = program.command("prompts").description("texts of the tasks and what text encoders make of them");
  prompts
    .command("report")
    .description("which encoder finds a task's description from its paraphrases; chance is 2 % for 50 tasks")
    .option("--encoder <ids...>", "encoders to compare: ids, folders below data/cache/models, or owner/name of the hub; default: all at hand")
    .option("--json", "print JSON")
    .addHelpText("after", "\nExample: npx --no llmdpd prompts report --encoder minilm-l6 hash")
    .action(async ({ encoder: ids, json = false }: { encoder?: string[]; json?: boolean }) => {
      const texts = loadTaskPrompts("metaworld");
      const rows: RetrievalRow[] = [];
      for (const id of ids ?? (await encodersAtHand())) {
        const encoder = await openTextEncoder(id, { onProgress: terminalProgress() });
        rows.push(await retrievalRow(encoder, { prompts: texts }));
        await encoder.dispose();
      }
      console.log(json ? JSON.stringify(rows, undefined, 2) : table(rows));
    });
  prompts
    .command("show")
    .description("print the texts of tasks")
    .argument("[tasks...]", "task names; all by default")
    .addHelpText("after", "\nExample: npx --no llmdpd prompts show door-open door-close")
    .action((tasks: string[]) => {
      const texts = loadTaskPrompts("metaworld");
      for (const [task, sentences] of taskTexts(texts, { tasks: tasks.length > 0 ? tasks : [...texts.keys()] })) {
        console.log(`${task}\n${sentences.map((sentence) => `  ${sentence}`).join("\n")}`);
      }
    });
}

function table(rows: readonly RetrievalRow[]): string {
  const percent = (share: number): string => (100 * share).toFixed(0).padStart(3);
  const width = Math.max(...rows.map(({ encoder }) => encoder.length), "encoder".length);
  const lines = rows.map(({ encoder, dim, pooling, rawTop1, centredTop1, standardError }) =>
    [encoder.padEnd(width), String(dim).padStart(5), pooling.padEnd(7), `${percent(rawTop1)} / ${percent(centredTop1)}`.padStart(20), `± ${percent(2 * standardError).trim()}`].join("  "),
  );
  const { tasks, queries } = rows[0] ?? { tasks: 0, queries: 0 };
  return [
    `Nearest of ${tasks} descriptions to each of ${queries} paraphrases, by cosine; per cent that are their own task's.`,
    [`encoder`.padEnd(width), "  dim", "pooling", "top-1 raw / centred", ""].join("  ").trimEnd(),
    ...lines,
  ].join("\n");
}
