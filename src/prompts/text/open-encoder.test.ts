import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { readOnnxNodes } from "../../formats/index.js";
import { encodersAtHand, openTextEncoder } from "./open-encoder.js";
import { tinyLlama, tinyLlamaStates, writeTinyLlama } from "./testing.js";
import { loadHiddenStates } from "./transformers-runtime.js";

let data = "";
const models = (): string => join(data, "cache", "models");

beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), "llmdpd-"));
  vi.stubEnv("LLMDPD_DATA", data);
  await writeTinyLlama(join(models(), "tiny"), { layers: 3 });
  await writeTinyLlama(join(models(), "tiny-cut"), { layers: 2 });
  await writeTinyLlama(join(models(), "tiny-causal"), { layers: 3, causal: true });
});

afterAll(async () => {
  vi.unstubAllEnvs();
  await rm(data, { recursive: true, force: true });
});

const largestDifference = (a: Float32Array, b: readonly number[]): number => a.reduce((max, value, i) => Math.max(max, Math.abs(value - (b[i] as number))), 0);

describe("a converted Llama model", () => {
  it.each([
    ["tiny", 3],
    ["tiny-cut", 2],
  ])("%s gives the hidden states that the equations of %i layers give", async (id, layers) => {
    const states = await loadHiddenStates(id, { folder: models(), remote: false, dim: 64 });
    const ids = states.tokenize("drab cab 12");
    const ours = await states.run(ids);
    await states.dispose();
    expect(ids.length).toBeGreaterThan(6);
    expect(largestDifference(ours, tinyLlamaStates(tinyLlama(), { ids, layers }).flat())).toBeLessThan(2e-5);
  });

  it("does not change with padding on the left", async () => {
    const { AutoModel, Tensor, env } = await import("@huggingface/transformers");
    env.localModelPath = models();
    env.allowRemoteModels = false;
    const model = await AutoModel.from_pretrained("tiny", { dtype: "fp32", device: "cpu" });
    const run = async (ids: number[], mask: number[]): Promise<Float32Array> => {
      const tensor = (values: number[]) => new Tensor("int64", BigInt64Array.from(values, BigInt), [1, values.length]);
      const outputs = (await model({ input_ids: tensor(ids), attention_mask: tensor(mask) })) as { last_hidden_state: { data: Float32Array } };
      return Float32Array.from(outputs.last_hidden_state.data);
    };
    const plain = await run([3, 7, 9], [1, 1, 1]);
    const padded = await run([0, 0, 3, 7, 9], [0, 0, 1, 1, 1]);
    await model.dispose();
    expect(padded.every(Number.isFinite)).toBe(true);
    expect(largestDifference(plain, Array.from(padded.slice(2 * 64)))).toBeLessThan(2e-5);
  });
});

describe("openTextEncoder", () => {
  it("opens a folder of models by name and gives the same vector for the same text", async () => {
    const encoder = await openTextEncoder("tiny", { cache: false });
    const [a, b, again] = await encoder.encode(["push", "pull", "push"]);
    await encoder.dispose();
    expect([encoder.dim, encoder.pooling, encoder.wrapping]).toEqual([64, "mean", "{text}"]);
    expect(again).toEqual(a);
    expect(b).not.toEqual(a);
    expect(Math.hypot(...(a as Float32Array))).toBeCloseTo(1, 5);
  });

  it("reads the hidden states of a causal model whose export gives logits alone", async () => {
    for (let time = 0; time < 2; time++) {
      const encoder = await openTextEncoder("tiny-causal", { cache: false, wrapping: "{text}" });
      const [vector] = await encoder.encode(["ba"]);
      await encoder.dispose();
      expect(encoder.pooling).toBe("last");
      // The last token is "a", id 1: row 1 of a table whose numbers are row + column / 100.
      expect(largestDifference(vector as Float32Array, Array.from({ length: 64 }, (_, i) => 1 + i / 100))).toBeLessThan(1e-6);
    }
    const bytes = await readFile(join(models(), "tiny-causal", "onnx", "model.onnx"));
    expect(readOnnxNodes(bytes).at(-1)?.outputs).toEqual(["logits"]);
  });

  it("names the nearest encoder for an unknown id", async () => {
    await expect(openTextEncoder("minilm-l7")).rejects.toThrow('Cannot find text encoder "minilm-l7". Did you mean "minilm-l6"?');
  });

  it("says how to get a model that set-up has not made", async () => {
    await expect(openTextEncoder("smollm2-135m")).rejects.toThrow("npm run setup");
  });

  it("explains that the hub cannot be reached, and what works without it", async () => {
    vi.stubEnv("HF_ENDPOINT", "http://127.0.0.1:9/");
    await expect(openTextEncoder("owner/name")).rejects.toThrow(/Cannot load the text encoder "owner\/name": the hub could not be reached.*smollm2-135m.*HF_ENDPOINT/s);
  });

  it("refuses a wrapping without a place for the text", async () => {
    await expect(openTextEncoder("hash", { wrapping: "robot" })).rejects.toThrow("{text}");
  });

  it("lists what is at hand", async () => {
    expect(await encodersAtHand()).toEqual(["tiny", "tiny-causal", "tiny-cut", "hash"]);
  });
});
