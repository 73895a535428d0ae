import { describe, expect, it } from "vitest";
import { runConfig } from "./config.js";
import { protocolLabel, protocolNamed, protocolNames } from "./protocols.js";
import { studyNamed, studyRunConfig } from "./studies.js";

describe("protocols of evaluation", () => {
  it("set episodes, steps and what a success ends, unless these are set themselves", () => {
    expect(runConfig().evaluate).toMatchObject({ protocol: "quick", episodes: 10, maxSteps: 300, stopAtSuccess: true });
    expect(runConfig({ evaluate: { protocol: "meta-world" } }).evaluate).toMatchObject({ episodes: 50, maxSteps: 500, stopAtSuccess: false });
    expect(runConfig({ evaluate: { episodes: 3 } }, { evaluate: { protocol: "meta-world" } }).evaluate).toMatchObject({ episodes: 3, maxSteps: 500 });
    expect(studyRunConfig(studyNamed("quick"), { variant: "full", seed: 0, overrides: { evaluate: { protocol: "meta-world" } } }).evaluate.episodes).toBe(50);
    expect(() => runConfig({ evaluate: { protocol: "metaworld" } })).toThrow(/Did you mean "meta-world"/);
  });

  it("name every result, with what differs from them", () => {
    for (const name of protocolNames) expect(protocolLabel(runConfig({ evaluate: { protocol: name } }).evaluate)).toBe(name);
    expect(protocolLabel(runConfig({ evaluate: { episodes: 2, stopAtSuccess: false } }).evaluate)).toBe("quick (episodes=2 stopAtSuccess=false)");
    expect(protocolNamed("meta-world").about).toMatch(/500 steps/);
  });

  it("survive being stored", () => {
    const config = runConfig({ evaluate: { protocol: "meta-world", maxSteps: 200 } });
    expect(runConfig(JSON.parse(JSON.stringify(config)) as Record<string, unknown>)).toEqual(config);
  });
});
