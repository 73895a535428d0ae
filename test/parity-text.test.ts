/** The offline text models against PyTorch: token ids and vectors of thirteen texts. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { minParityCosine, openTextEncoder, similarityMatrix, textParity, type TextParityRow } from "../src/prompts/index.js";

const golden = fileURLToPath(new URL("golden/text.json.gz", import.meta.url));

describe("text models against PyTorch", () => {
  let rows: TextParityRow[] = [];
  beforeAll(async () => {
    rows = await textParity(golden);
  });

  it("compares both models and every pooling", () => {
    expect(rows.map(({ model, vector, texts }) => [model, vector, texts])).toEqual([
      ["smollm2-135m", "last token", 13],
      ["smollm2-135m", "mean", 13],
      ["minilm-l6", "mean", 13],
    ]);
  });

  it("splits texts into the same tokens", () => expect(rows.map(({ tokensEqual }) => tokensEqual)).toEqual([13, 13, 13]));

  it("gives the same vectors to float32's precision", () => {
    for (const { minCosine, maxRelativeError, passed } of rows) {
      expect(minCosine).toBeGreaterThan(minParityCosine);
      expect(maxRelativeError).toBeLessThan(1e-4);
      expect(passed).toBe(true);
    }
  });
});

describe("the smaller LLM", () => {
  it("shares width and tokens with the whole one, and says something else", async () => {
    const texts = ["open the door", "close the door", "lift the cube"];
    const [whole, cut] = await Promise.all(
      ["smollm2-135m", "smollm2-135m-cut10"].map(async (id) => {
        const encoder = await openTextEncoder(id, { cache: false });
        const vectors = await encoder.encode(texts);
        await encoder.dispose();
        return { encoder, vectors };
      }),
    );
    expect([cut?.encoder.dim, cut?.encoder.wrapping, cut?.encoder.pooling]).toEqual([whole?.encoder.dim, whole?.encoder.wrapping, whole?.encoder.pooling]);
    expect(cut?.encoder.revision).toBe(whole?.encoder.revision);
    const matrix = similarityMatrix([...(whole?.vectors ?? []), ...(cut?.vectors ?? [])], { centre: false });
    expect(Math.max(...[0, 1, 2].map((i) => Math.abs(matrix[i]?.[i + 3] ?? 1)))).toBeLessThan(0.9);
    expect(matrix[3]?.[5]).toBeLessThan(0.99999);
  });
});

describe("a reference that does not fit", () => {
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "llmdpd-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it("is named with what is wrong", async () => {
    const path = join(folder, "text.json");
    await writeFile(path, JSON.stringify({ note: { prompt: "{}" }, records: [] }));
    await expect(textParity(path)).rejects.toThrow(/Cannot read ".*text\.json" as reference vectors of texts/);
    await expect(textParity(join(folder, "nowhere"))).rejects.toThrow("no such file");
  });
});
