import { either, farXY, farZ, gripWhile, script, toAim } from "../policy.js";
import { bodyAt, bodyTurn } from "../probes.js";
import { tolerance } from "../reward.js";
import { defineTask } from "../task-spec.js";
import { toolReward } from "../tool.js";
import { type Vec3, add, distance, distanceXZ, vec3 } from "../vec.js";

/** Where the hand swings from, and the head of the hammer meets the nail. */
const swing: Vec3 = [0.24 - 0.19, 0.71, 0.11 + 0.05];

export const hammer = defineTask({
  name: "hammer",
  scene: "sawyer_xyz/sawyer_hammer.xml",
  random: "the hammer on the table",
  handStart: [0, 0.4, 0.2],
  resetBox: { low: [-0.1, 0.4, 0], high: [0.1, 0.5, 0] },
  goalBox: { low: [0.2399, 0.7399, 0.109], high: [0.2401, 0.7401, 0.111] },
  objects: [
    { position: bodyAt("hammer"), turn: bodyTurn("hammer") },
    { position: bodyAt("nail_link"), turn: bodyTurn("nail_link") },
  ],
  reset: (arm, v) => {
    arm.placeBody("box", [0.24, 0.85, 0]);
    const target = arm.site("goal");
    arm.placeObject(vec3(v));
    return { target, objectStart: vec3(v) };
  },
  reward: (situation) => {
    const head = add(situation.object, [0.16, 0.06, 0]);
    const left = distance(situation.episode.target, head);
    const inPlace = 0.1 * Number(head[2] > 0.02) + 0.9 * tolerance(left, { to: 0.02, margin: 0.2 });
    // The nail's slide is the last joint; it goes in by 10 cm.
    const success = (situation.arm.simulation.qpos[16] as number) > 0.09;
    return toolReward(situation, { handleLength: 0.14, density: "high", level: [1, 0, 0, 0], inPlace, success, fullAbove: 5 });
  },
  expert: script({
    aim: [-0.04, 0, -0.01],
    gain: 10,
    grip: gripWhile(either(farXY(0.04), farZ(0.1)), 0, 0.8),
    stages: [
      { when: farXY(0.04), to: toAim(0, 0, 0.1) },
      { when: (view) => farZ(0.05)(view) && view.aim[2] < 0.03, to: toAim(0, 0, 0.03) },
      { when: ({ hand }) => distanceXZ(hand, swing) > 0.02, to: ({ hand }) => [swing[0], hand[1], swing[2]] },
      { to: () => swing },
    ],
  }),
});
