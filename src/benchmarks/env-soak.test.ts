import { expect, test } from "vitest";
import { soakEnvs } from "./env-soak.js";

test("counts steps, episodes and scenes, and measures memory along the way", async () => {
  const seen: number[] = [];
  const report = await soakEnvs({ steps: 1300, tasks: ["reach", "drawer-close"], onProgress: ({ done }) => seen.push(done) });
  expect(seen).toEqual([1000, 1300]);
  expect(report.rows.map(({ steps, episodes, scenes }) => [steps, episodes, scenes])).toEqual([[1000, 2, 1], [1300, 3, 2]]);
  for (const { rssMb, jsHeapMb, nativeMb } of report.rows) expect(rssMb).toBeGreaterThan(Math.max(jsHeapMb, nativeMb));
  expect(report.growthMb).toBe((report.rows[1]?.rssMb ?? 0) - (report.rows[0]?.rssMb ?? 0));
});

test("an unknown task is told before anything runs", async () => {
  await expect(soakEnvs({ steps: 10, tasks: ["rech"] })).rejects.toThrow(/Did you mean "reach"/);
});
