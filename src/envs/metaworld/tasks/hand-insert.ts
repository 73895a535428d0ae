import { cagingReward } from "../caging.js";
import { either, farXY, farZ, gripWhile, script, toAim, toGoal } from "../policy.js";
import { bodyAt, bodyTurn } from "../probes.js";
import { both, tolerance } from "../reward.js";
import { defineTask } from "../task-spec.js";
import { type Vec3, distance, distanceXY, f32, vec3 } from "../vec.js";

export const handInsert = defineTask({
  name: "hand-insert",
  scene: "sawyer_xyz/sawyer_table_with_hole.xml",
  random: "the block on the table and the goal in the hole",
  handStart: f32(0, 0.6, 0.2),
  handLow: [-0.5, 0.4, -0.15],
  resetBox: { low: [-0.1, 0.6, 0.05, -0.04, 0.8, -0.0201], high: [0.1, 0.7, 0.05, 0.04, 0.88, -0.0199] },
  goalBox: { low: [-0.04, 0.8, -0.0201], high: [0.04, 0.88, -0.0199] },
  accepts: (v) => distanceXY(vec3(v), vec3(v, 3)) >= 0.15,
  objects: [{ position: bodyAt("obj"), turn: bodyTurn("obj") }],
  reset: (arm, v) => {
    const objectStart: Vec3 = [v[0] as number, v[1] as number, 0.05];
    const target = vec3(v, 3);
    arm.placeObject(objectStart);
    arm.placeSite("goal", target);
    return { target, objectStart };
  },
  reward: ({ arm, tcp, opening, object, action, episode: { target, objectStart } }) => {
    const left = distance(object, target);
    const inPlace = tolerance(left, { to: 0.05, margin: distance(objectStart, target) });
    const graspReward = cagingReward(arm, object, { objectRadius: 0.015, padReach: 0.05, xzReach: 0.005, density: "high", objectStart, action });
    const away = distance(object, tcp);
    const holding = away < 0.02 && opening > 0 ? 1 + 7 * inPlace : 0;
    return {
      reward: left < 0.05 ? 10 : both(graspReward, inPlace) + holding,
      success: left <= 0.05,
      nearObject: away <= 0.03,
      graspSuccess: opening > 0 && object[2] - 0.02 > objectStart[2] && arm.touches("objGeom"),
      graspReward,
      inPlace,
      objectToTarget: left,
    };
  },
  expert: script({
    gain: 10,
    grip: gripWhile(either(farXY(0.02), farZ(0.1)), 0, 0.65),
    stages: [
      { when: farXY(0.02), to: toAim(0, 0, 0.1) },
      { when: farZ(0.05), to: toAim(0, 0, 0.03) },
      { when: ({ hand, goal }) => distanceXY(hand, goal) > 0.04, to: ({ hand, goal }) => [goal[0], goal[1], hand[2]] },
      { to: toGoal() },
    ],
  }),
});
