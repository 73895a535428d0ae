import { either, farXY, farZ, fromHand, gripWhile, script, toAim, toGoal } from "../policy.js";
import { bodyTurn, siteAt } from "../probes.js";
import { funnel, tolerance } from "../reward.js";
import { defineTask } from "../task-spec.js";
import { toolReward } from "../tool.js";
import { type Quat, type Vec3, add, distance, distanceXY, f32, norm, scale, sub, vec3 } from "../vec.js";

const scene = "sawyer_xyz/sawyer_assembly_peg.xml";
const objects = [{ position: siteAt("RoundNut-8"), turn: bodyTurn("RoundNut") }];
const accepts = (v: readonly number[]): boolean => distanceXY(vec3(v), vec3(v, 3)) >= 0.1;
/** A wrench that lies level, as (w, x, y, z), rounded as in the reference. */
// oxlint-disable-next-line oxc/approx-constant
const level: Quat = [0.707, 0, 0, 0.707];
const handleLength = 0.02;
/** Errors in height count three times. */
const emphasis: Vec3 = [1, 1, 3];
const abovePeg = toGoal(0.12, 0, 0.14);

/** Whether the ring is over the peg, and how far it is on its way there: up, across, down. */
function ringOnPeg(ring: Vec3, peg: Vec3): { inPlace: number; success: boolean } {
  const off = distanceXY(peg, ring);
  const success = off < 0.02 && peg[2] - ring[2] > 0;
  const threshold = success ? 0.02 : 0.01;
  const height = funnel(off, { threshold, slope: 0.02, height: 0.2 });
  const error = norm(scale([peg[0] - ring[0], peg[1] - ring[1], height - ring[2]], emphasis));
  const lifted = ring[2] > 0.02 || off < threshold;
  return { inPlace: 0.1 * Number(lifted) + 0.9 * tolerance(error, { to: 0.02, margin: 0.4 }), success };
}

export const assembly = defineTask({
  name: "assembly",
  scene,
  random: "the peg on the table",
  handStart: f32(0, 0.6, 0.2),
  resetBox: { low: [0, 0.6, 0.02, -0.1, 0.75, 0.1], high: [0, 0.6, 0.02, 0.1, 0.85, 0.1] },
  goalBox: { low: [-0.1, 0.75, 0.1], high: [0.1, 0.85, 0.1] },
  accepts,
  objects,
  reset: (arm, v) => {
    const objectStart = vec3(v);
    const target = vec3(v, 3);
    arm.placeObject(objectStart);
    arm.placeBody("peg", sub(target, [0, 0, 0.05]));
    arm.placeSite("pegTop", target);
    return { target, objectStart };
  },
  reward: (situation) => {
    const ring = situation.arm.site("RoundNut");
    return toolReward(situation, { handleLength, density: "medium", level, ...ringOnPeg(ring, situation.episode.target) });
  },
  expert: script({
    aim: [-0.02, 0, 0],
    gain: 10,
    grip: gripWhile(either(farXY(0.02), farZ(0.12)), 0, 0.6),
    stages: [
      { when: farXY(0.02), to: toAim(0, 0, 0.1) },
      { when: (view) => distanceXY(view.hand, abovePeg(view)) <= 0.02, to: (view) => add(abovePeg(view), [0, 0, -0.2]) },
      { when: farZ(0.05), to: toAim(0, 0, 0.03) },
      { when: (view) => Math.abs(view.hand[2] - abovePeg(view)[2]) > 0.04, to: (view) => [view.hand[0], view.hand[1], abovePeg(view)[2]] },
      { to: abovePeg },
    ],
  }),
});

export const disassemble = defineTask({
  name: "disassemble",
  scene,
  random: "the peg with the wrench on the table, and a little its height",
  handStart: f32(0, 0.4, 0.2),
  resetBox: { low: [0, 0.6, 0.025, -0.1, 0.6, 0.1699], high: [0.1, 0.75, 0.02501, 0.1, 0.75, 0.1701] },
  goalBox: { low: [-0.1, 0.6, 0.1699 + 0.005], high: [0.1, 0.75, 0.1701 + 0.005] },
  accepts,
  objects,
  reset: (arm, v) => {
    const objectStart = vec3(v);
    arm.placeBody("peg", add(objectStart, [0, 0, 0.03]));
    arm.placeSite("pegTop", add(objectStart, [0, 0, 0.08]));
    arm.forward();
    arm.placeObject(objectStart);
    return { target: add(objectStart, [0, 0, 0.15]), objectStart };
  },
  reward: (situation) => {
    const { target } = situation.episode;
    const ring = situation.arm.site("RoundNut");
    const left = distance(add(target, [0, 0, 0.1]), ring);
    const inPlace = 0.1 * Number(ring[2] > 0.02) + 0.9 * tolerance(left, { to: 0.02, margin: 0.2 });
    return toolReward(situation, { handleLength, density: "high", level, inPlace, success: situation.object[2] > target[2] });
  },
  expert: script({
    aim: [-0.02, 0, 0.01],
    gain: 10,
    grip: gripWhile(either(farXY(0.02), farZ(0.07)), 0, 0.8),
    stages: [
      { when: farXY(0.02), to: toAim(0, 0, 0.1) },
      { when: farZ(0.03), to: toAim() },
      { to: fromHand(0, 0, 0.1) },
    ],
  }),
});
