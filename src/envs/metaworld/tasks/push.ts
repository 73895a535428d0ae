import { cagingReward } from "../caging.js";
import { about, either, farXY, farZ, gripWhile, script, toAim, toGoal } from "../policy.js";
import { bodyAt, geomTurn } from "../probes.js";
import { tolerance } from "../reward.js";
import { defineTask } from "../task-spec.js";
import { type Vec3, distance, distanceXY, vec3 } from "../vec.js";

export const push = defineTask({
  name: "push",
  scene: "sawyer_xyz/sawyer_push_v3.xml",
  random: "the puck and the goal on the table",
  handStart: [0, 0.6, 0.2],
  resetBox: { low: [-0.1, 0.6, 0.02, -0.1, 0.8, 0.01], high: [0.1, 0.7, 0.02, 0.1, 0.9, 0.02] },
  goalBox: { low: [-0.1, 0.8, 0.01], high: [0.1, 0.9, 0.02] },
  accepts: (v) => distanceXY(vec3(v), vec3(v, 3)) >= 0.15,
  objects: [{ position: bodyAt("obj"), turn: geomTurn("objGeom") }],
  reset: (arm, v) => {
    // Puck and goal lie at the height to which the puck has settled.
    const height = arm.body("obj")[2];
    const objectStart: Vec3 = [v[0] as number, v[1] as number, height];
    const target: Vec3 = [v[3] as number, v[4] as number, height];
    arm.placeObject(objectStart);
    arm.placeSite("goal", target);
    return { target, objectStart };
  },
  reward: ({ arm, tcp, opening, object, action, episode: { target, objectStart } }) => {
    const away = distance(object, tcp);
    const left = distance(object, target);
    const inPlace = tolerance(left, { to: 0.05, margin: distance(objectStart, target) });
    const graspReward = cagingReward(arm, object, { objectRadius: 0.015, padReach: 0.05, xzReach: 0.005, density: "high", objectStart, action });
    const holding = away < 0.02 && opening > 0 ? 1 + 2 * graspReward + 5 * inPlace : 0;
    return {
      reward: left < 0.05 ? 10 : 2 * graspReward + holding,
      success: left <= 0.05,
      nearObject: away <= 0.03,
      graspSuccess: opening > 0 && object[2] - 0.02 > objectStart[2] && arm.touches("objGeom"),
      graspReward,
      inPlace,
      objectToTarget: left,
    };
  },
  expert: script({
    aim: [-0.005, 0, 0],
    gain: 10,
    grip: gripWhile(about([0, 0, 0], either(farXY(0.02), farZ(0.1))), 0, 0.6),
    stages: [
      { when: farXY(0.02), to: toAim(0, 0, 0.2) },
      { when: farZ(0.04), to: toAim(0, 0, 0.03) },
      { to: toGoal() },
    ],
  }),
});
