import { expect, test } from "vitest";
import { soak } from "./soak.js";

test("memory does not grow while stepping, and the step learns", async () => {
  // The command `llmdpd engine soak` runs 10,000 steps.
  const { growthMb, rows } = await soak({ steps: 2000, device: "xla" });
  expect(growthMb).toBeLessThan(20);
  expect(rows).toHaveLength(10);
  expect(rows.at(-1)?.loss).toBeLessThan(rows[0]?.loss ?? 0);
});
