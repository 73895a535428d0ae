import type { Command } from "commander";
import { group } from "../group.js";
import { textParity } from "../../prompts/index.js";

/** `llmdpd parity text <file>`: our text vectors against reference vectors. */
export function register(program: Command): void {
  group(program, "parity")
    .command("text")
    .description("compare token ids and vectors of the offline text models with reference vectors; exit code 1 beyond tolerance")
    .argument("<file>", "reference vectors, such as test/golden/text.json.gz")
    .option("--json", "print JSON")
    .addHelpText("after", "\nExample: npx --no llmdpd parity text test/golden/text.json.gz")
    .action(async (file: string, { json = false }: { json?: boolean }) => {
      const rows = await textParity(file);
      if (json) console.log(JSON.stringify(rows, undefined, 2));
      else {
        console.log("model          vector      texts  token ids equal  min cosine  max relative error");
        for (const { model, vector, texts, tokensEqual, minCosine, maxRelativeError, passed } of rows) {
          const cells = [model.padEnd(14), vector.padEnd(11), String(texts).padStart(5), `${tokensEqual}/${texts}`.padStart(16), minCosine.toFixed(8).padStart(11), maxRelativeError.toExponential(1).padStart(19)];
          console.log(`${cells.join(" ")}  ${passed ? "ok" : "BEYOND TOLERANCE"}`);
        }
      }
      if (rows.some(({ passed }) => !passed)) process.exitCode = 1;
    });
}
