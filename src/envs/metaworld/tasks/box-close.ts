import { either, farXY, farZ, gripWhile, script, toAim } from "../policy.js";
import { bodyAt, bodyTurn } from "../probes.js";
import { aboveFloor, alignment, both, effortOf, funnel, tolerance } from "../reward.js";
import { defineTask } from "../task-spec.js";
import { type Vec3, add, distance, distanceXY, norm, scale, sub, vec3 } from "../vec.js";

/** A lid that lies level, as (w, x, y, z), rounded as in the reference. */
// oxlint-disable-next-line oxc/approx-constant
const level = [0.707, 0, 0, 0.707];

export const boxClose = defineTask({
  name: "box-close",
  scene: "sawyer_xyz/sawyer_box.xml",
  random: "the lid and the box on the table",
  handStart: [0, Math.fround(0.6), Math.fround(0.2)],
  resetBox: { low: [-0.05, 0.5, 0.02, -0.1, 0.7, 0.133], high: [0.05, 0.55, 0.02, 0.1, 0.8, 0.133] },
  goalBox: { low: [-0.1, 0.7, 0.133], high: [0.1, 0.8, 0.133] },
  accepts: (v) => distanceXY(vec3(v), vec3(v, 3)) >= 0.25,
  objects: [{ position: bodyAt("top_link"), turn: bodyTurn("top_link") }],
  reset: (arm, v) => {
    const objectStart: Vec3 = [v[0] as number, v[1] as number, Math.fround(0.02)];
    const target = vec3(v, 3);
    arm.placeBody("boxbody", [target[0], target[1], arm.body("boxbody")[2]]);
    arm.settle();
    arm.placeObject(objectStart);
    arm.placeSite("goal", target);
    return { target, objectStart };
  },
  reward: ({ hand, object, observation, action, episode: { target } }) => {
    const grab = effortOf(action[3] as number);
    const lid = add(object, [0, 0, 0.02]);
    const floor = funnel(distanceXY(hand, lid), { threshold: 0.02, slope: 0.04, height: 0.4 });
    const ready = both(aboveFloor(hand[2], floor), tolerance(distance(hand, lid), { to: 0.02, margin: 0.5 }));
    const error = norm(scale(sub(target, lid), [1, 1, 3]));
    const lifted = 0.2 * Number(lid[2] > 0.04) + 0.8 * tolerance(error, { to: 0.05, margin: 0.25 });
    const success = distance(object, target) < 0.08;
    return {
      reward: (success ? 10 : 2 * both(grab, ready) + 8 * lifted) * alignment(observation, { ideal: level, limit: 0.2 }),
      success,
      nearObject: ready,
      graspSuccess: grab >= 0.5,
      graspReward: grab,
      inPlace: lifted,
      objectToTarget: 0,
    };
  },
  expert: script({
    aim: [0, 0, 0.02],
    gain: 25,
    grip: gripWhile(either(farXY(0.01), farZ(0.13)), 0.5, 1),
    stages: [
      { when: farXY(0.01), to: ({ aim }) => [aim[0], aim[1], 0.2] },
      { when: farZ(0.05), to: toAim() },
      { when: ({ hand }) => Math.abs(hand[2] - 0.15) > 0.04, to: ({ hand }) => [hand[0], hand[1], 0.15] },
      { to: ({ goal }) => [goal[0], goal[1], 0.15] },
    ],
  }),
});
