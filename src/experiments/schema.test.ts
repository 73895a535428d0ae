import { describe, expect, it } from "vitest";
import { z } from "zod";
import { fieldRows, mergeOverrides, noted, parseSettings, parseStrict } from "./schema.js";

const schema = z.strictObject({
  seed: noted(z.int().min(0).default(3), { about: "seed of everything", source: "ours" }),
  train: z
    .strictObject({
      updates: noted(z.int().positive().default(100), { about: "updates", unit: "updates", source: "ours" }),
      tasks: z.array(z.string()).default(["a"]),
    })
    .prefault({}),
});

describe("a strict schema", () => {
  it("lists its fields with default, unit and source", () => {
    expect(fieldRows(schema)).toEqual([
      { key: "seed", default: 3, about: "seed of everything", source: "ours" },
      { key: "train.updates", default: 100, about: "updates", unit: "updates", source: "ours" },
      { key: "train.tasks", default: ["a"], about: "", source: "" },
    ]);
  });

  it("turns settings into overrides", () => {
    const overrides = parseSettings(["train.updates=5", "train.tasks=x,y", "seed=1"], { schema });
    expect(parseStrict(schema, { value: overrides, what: "settings" })).toEqual({ seed: 1, train: { updates: 5, tasks: ["x", "y"] } });
  });

  it("names the nearest field for an unknown one", () => {
    expect(() => parseSettings(["train.update=5"], { schema })).toThrow(/unknown field "train\.update"\. Did you mean "train\.updates"\?/);
    expect(() => parseSettings(["updates=5"], { schema })).toThrow(/Did you mean "train\.updates"\?/);
    expect(() => parseStrict(schema, { value: { train: { updats: 1 } }, what: "run" })).toThrow(/Did you mean "train\.updates"\?/);
  });

  it("says what a field requires", () => {
    expect(() => parseStrict(schema, { value: { train: { updates: "many" } }, what: "run" })).toThrow(/"train\.updates".*number.*got "many"/);
    expect(() => parseSettings(["seed"], { schema })).toThrow(/key=value is required/);
  });

  it("merges overrides deeply, later ones winning, lists replaced", () => {
    expect(mergeOverrides({ a: { b: 1, c: [1] } }, { a: { c: [2] } })).toEqual({ a: { b: 1, c: [2] } });
  });
});
