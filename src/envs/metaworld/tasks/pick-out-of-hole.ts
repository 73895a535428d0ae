import { cagingReward } from "../caging.js";
import { either, farXY, farZ, gripWhile, script, toAim, toGoal } from "../policy.js";
import { bodyAt, bodyTurn } from "../probes.js";
import { aboveFloor, both, funnel, tolerance } from "../reward.js";
import { defineTask } from "../task-spec.js";
import { distance, distanceXY, vec3 } from "../vec.js";

export const pickOutOfHole = defineTask({
  name: "pick-out-of-hole",
  scene: "sawyer_xyz/sawyer_pick_out_of_hole.xml",
  random: "the goal above the table",
  handStart: [0, 0.6, 0.2],
  handLow: [-0.5, 0.4, -0.05],
  resetBox: { low: [0, 0.75, 0.02, -0.1, 0.5, 0.15], high: [0, 0.75, 0.02, 0.1, 0.6, 0.3] },
  goalBox: { low: [-0.1, 0.5, 0.15], high: [0.1, 0.6, 0.3] },
  accepts: (v) => distanceXY(vec3(v), vec3(v, 3)) >= 0.15,
  objects: [{ position: bodyAt("obj"), turn: bodyTurn("obj") }],
  reset: (arm, v) => {
    const objectStart = vec3(v);
    const target = vec3(v, 3);
    arm.placeObject(objectStart);
    arm.placeSite("goal", target);
    return { target, objectStart };
  },
  reward: ({ arm, tcp, opening, object, action, episode: { target, objectStart } }) => {
    const left = distance(object, target);
    const away = distance(object, tcp);
    const inPlace = tolerance(left, { to: 0.02, margin: distance(objectStart, target) });
    const floor = funnel(distanceXY(tcp, objectStart), { threshold: 0.03, slope: 0.015, height: 0.15 });
    const above = aboveFloor(tcp[2], floor, 0.02);
    const graspReward = cagingReward(arm, object, { objectRadius: 0.015, padReach: 0.02, xzReach: 0.03, effort: 0.1, density: "high", objectStart, action });
    const graspSuccess = away < 0.04 && object[2] - 0.02 > objectStart[2] && opening >= 0.33;
    return {
      reward: left < 0.05 ? 10 : both(graspReward, inPlace) + (graspSuccess ? 1 + 5 * both(inPlace, above) : 0),
      success: left <= 0.07,
      nearObject: away <= 0.03,
      graspSuccess,
      graspReward,
      inPlace,
      objectToTarget: left,
    };
  },
  expert: script({
    aim: [0, 0, 0.02],
    gain: 25,
    grip: gripWhile(either(farXY(0.02), farZ(0.15)), 0, 0.1),
    stages: [
      { when: farXY(0.02), to: toAim(0, 0, 0.15) },
      { when: farZ(0.01), to: toAim() },
      { when: ({ hand, goal }) => Math.abs(hand[2] - goal[2]) > 0.04, to: ({ hand, goal }) => [hand[0], hand[1], goal[2]] },
      { to: toGoal() },
    ],
  }),
});
