import { currentPadCaging } from "../caging.js";
import { farXY, farZ, fromHand, script, toAim, toGoal } from "../policy.js";
import { bodyAt, geomTurn } from "../probes.js";
import { both, tolerance } from "../reward.js";
import { defineTask } from "../task-spec.js";
import { distance, distanceXY, vec3 } from "../vec.js";

export const pickPlace = defineTask({
  name: "pick-place",
  scene: "sawyer_xyz/sawyer_pick_place_v3.xml",
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
  reward: ({ arm, tcp, opening, object, action, episode: { target, objectStart } }) => {
    const left = distance(object, target);
    const away = distance(object, tcp);
    const inPlace = tolerance(left, { to: 0.05, margin: distance(objectStart, target) });
    const graspReward = currentPadCaging(arm, object, { objectRadius: 0.015, padReach: 0.05, xzReach: 0.005, objectStart, action });
    const lifted = away < 0.02 && opening > 0 && object[2] - 0.01 > objectStart[2];
    return {
      reward: left < 0.05 ? 10 : both(graspReward, inPlace) + (lifted ? 1 + 5 * inPlace : 0),
      success: left <= 0.07,
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
    grip: ({ hand, object }) => (distance(hand, object) < 0.07 ? 1 : 0),
    stages: [
      { when: farXY(0.02), to: toAim(0, 0, 0.1) },
      { when: (view) => farZ(0.05)(view) && view.aim[2] < 0.04, to: toAim(0, 0, 0.03) },
      { when: ({ opening }) => opening > 0.73, to: fromHand() },
      { to: toGoal() },
    ],
  }),
});
