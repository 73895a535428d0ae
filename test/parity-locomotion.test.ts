import { cp, mkdtemp, readFile, readdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { checkLocomotionParity, checkLocomotionParityFolder, createLocomotionEnv, type LocomotionGolden, locomotionTolerance, readLocomotionGolden } from "../src/envs/index.js";

const folder = join(import.meta.dirname, "golden", "gym");
const recordings = ["hopper", "half-cheetah", "walker2d"].flatMap((robot) => ["v4", "v5"].map((version) => `${robot}-${version}`));
const fileOf = (name: string): string => join(folder, `gym-${name}.json.gz`);

describe("locomotion against recordings of Gymnasium", () => {
  it("has a recording of every robot in both versions", async () => {
    const files = (await readdir(folder)).filter((name) => name.endsWith(".gz"));
    expect(files.sort()).toEqual(recordings.map((name) => `gym-${name}.json.gz`).sort());
  });

  it.each(recordings.flatMap((name) => (["native", "wasm"] as const).map((backend) => [name, backend] as const)))("%s on %s", async (name, backend) => {
    const row = await checkLocomotionParity(await readLocomotionGolden(fileOf(name)), { backend });
    expect(row.failures).toEqual([]);
    expect(row.backend).toBe(backend);
    // The cheetah never falls and turns chaotic; the others start anew every dozen steps.
    expect(row.freeRunning.judged).toBeGreaterThanOrEqual(name.startsWith("half-cheetah") ? 20 : 150);
    expect(Math.max(row.largest.observation, row.largest.reward)).toBeLessThanOrEqual(locomotionTolerance);
  });

  it.each(["hopper", "half-cheetah", "walker2d"])("%s: v2 has the rewards, observations and terminations of v4 while actions are in their box", async (name) => {
    const golden = await readLocomotionGolden(fileOf(`${name}-v4`));
    const env = await createLocomotionEnv(name.replace("-", ""), { version: "v2" });
    for (const { state: { qacc_warmstart: qaccWarmstart, ...state }, action, after } of golden.one_step) {
      env.setState({ ...state, qaccWarmstart });
      const { observation, reward, terminated } = env.step(action);
      expect([...observation, reward, Number(terminated)].map((value, i) => Math.abs(value - [...after.obs, after.reward, Number(after.terminated)][i]!) <= locomotionTolerance)).not.toContain(false);
    }
    env.close();
  });

  it("fails for wrong numbers, flags and measures, and names unreadable and foreign files", async () => {
    const some = await mkdtemp(join(tmpdir(), "llmdpd-parity-"));
    const text = gunzipSync(await readFile(fileOf("hopper-v5"))).toString("utf8");
    const golden = JSON.parse(text) as LocomotionGolden;
    golden.one_step[3]!.after.reward += 1e-8;
    golden.one_step[4]!.after.terminated = true;
    golden.one_step[5]!.after.info["reward_survive"] = 0;
    golden.rows[7]!.obs[2]! += 1e-8;
    golden.reset.info["x_position"]! += 1e-8;
    await writeFile(join(some, "a.json.gz"), gzipSync(JSON.stringify(golden)));
    await writeFile(join(some, "b.json.gz"), gzipSync(text.replace('"env":"hopper-v5"', '"env":"ant-v5"')));
    await writeFile(join(some, "c.json.gz"), gzipSync(text).subarray(0, 2000));
    await cp(fileOf("hopper-v4"), join(some, "d.json.gz"));
    const { files, passed } = await checkLocomotionParityFolder(some, { backend: "native" });
    expect(passed).toBe(false);
    expect(files.map((file) => (file.kind === "compared" ? file.row.failures.length : file.reason))).toEqual([
      5,
      expect.stringMatching(/Cannot compare "ant-v5": a recording of hopper, half-cheetah, walker2d required/),
      expect.stringMatching(/Cannot read golden file "c.json.gz"/),
      0,
    ]);
    expect(files[0]?.kind === "compared" ? files[0].row.failures : []).toEqual([
      expect.stringMatching(/^reset: info x_position is/),
      expect.stringMatching(/^one step from \d+: reward differs by 1\.0e-8$/),
      expect.stringMatching(/^one step from \d+: terminated is false, recorded true$/),
      expect.stringMatching(/^one step from \d+: info reward_survive is 1, recorded 0$/),
      expect.stringMatching(/^free-running step 7: observation differs by 1\.0e-8$/),
    ]);
    await expect(checkLocomotionParityFolder(join(some, "nothing"))).rejects.toThrow(/Cannot read folder/);
    await expect(checkLocomotionParityFolder(await mkdtemp(join(tmpdir(), "llmdpd-parity-")))).rejects.toThrow(/golden files \(\*\.json\.gz\) required/);
  });
});
