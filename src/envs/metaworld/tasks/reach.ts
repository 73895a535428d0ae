import { script, toGoal } from "../policy.js";
import { bodyAt, geomTurn } from "../probes.js";
import { tolerance } from "../reward.js";
import { defineTask } from "../task-spec.js";
import { distance, distanceXY, vec3 } from "../vec.js";

export const reach = defineTask({
  name: "reach",
  scene: "sawyer_xyz/sawyer_reach_v3.xml",
  random: "the puck on the table and the goal above it",
  handStart: [0, 0.6, 0.2],
  resetBox: { low: [-0.1, 0.6, 0.02, -0.1, 0.8, 0.05], high: [0.1, 0.7, 0.02, 0.1, 0.9, 0.3] },
  goalBox: { low: [-0.1, 0.8, 0.05], high: [0.1, 0.9, 0.3] },
  accepts: (v) => distanceXY(vec3(v), vec3(v, 3)) >= 0.15,
  objects: [{ position: bodyAt("obj"), turn: geomTurn("objGeom") }],
  reset: (arm, v) => {
    const objectStart = vec3(v);
    const target = vec3(v, 3);
    arm.placeObject(objectStart);
    arm.placeSite("goal", target);
    return { target, objectStart };
  },
  reward: ({ arm, tcp, episode: { target } }) => {
    const far = distance(tcp, target);
    const inPlace = tolerance(far, { to: 0.05, margin: distance(arm.handStart, target) });
    return { reward: 10 * inPlace, success: far <= 0.05, nearObject: far, graspSuccess: 1, graspReward: far, inPlace, objectToTarget: far };
  },
  expert: script({ gain: 5, grip: 0, stages: [{ to: toGoal() }] }),
});
