import { cagingReward } from "../caging.js";
import { about, either, farXY, farZ, gripWhile, script, toAim } from "../policy.js";
import { bodyAt, bodyTurn } from "../probes.js";
import { both, tolerance } from "../reward.js";
import { defineTask } from "../task-spec.js";
import { type Vec3, distance, distanceXY, f32, norm, scale, sub, vec3 } from "../vec.js";

/** Errors in height count twice. */
const emphasis: Vec3 = [1, 1, 2];
/** The expert drops the ball from here, above the hoop. */
const dropHeight = 0.35;

export const basketball = defineTask({
  name: "basketball",
  scene: "sawyer_xyz/sawyer_basketball.xml",
  random: "the ball and the hoop on the table",
  handStart: f32(0, 0.6, 0.2),
  resetBox: { low: [-0.1, 0.6, 0.0299, -0.1, 0.85, 0], high: [0.1, 0.7, 0.0301, 0.1, 0.9 + 1e-7, 0] },
  goalBox: { low: [-0.1, 0.85 - 0.083, 0.2499], high: [0.1, 0.9 + 1e-7 - 0.083, 0.2501] },
  accepts: (v) => distanceXY(vec3(v), vec3(v, 3)) >= 0.15,
  objects: [{ position: bodyAt("bsktball"), turn: bodyTurn("bsktball") }],
  reset: (arm, v) => {
    const objectStart: Vec3 = [v[0] as number, v[1] as number, Math.fround(0.03)];
    arm.placeBody("basket_goal", vec3(v, 3));
    arm.placeObject(objectStart);
    // The site keeps the hoop's place whatever is written here: MuJoCo knows it as "same frame".
    const target = arm.site("goal");
    arm.placeSite("goal", target);
    return { target, objectStart };
  },
  reward: ({ arm, tcp, opening, object, action, episode: { target: hoop, objectStart } }) => {
    const target: Vec3 = [hoop[0], hoop[1], 0.3];
    const left = norm(scale(sub(object, target), emphasis));
    const inPlace = tolerance(left, { to: 0.08, margin: norm(scale(sub(objectStart, target), emphasis)) });
    const away = distance(object, tcp);
    const holding = away < 0.035 && opening > 0 && object[2] - 0.01 > objectStart[2];
    const graspReward = holding
      ? 1
      : cagingReward(arm, object, { objectRadius: 0.025, padReach: 0.06, xzReach: 0.005, density: "high", objectStart, action });
    return {
      reward: left < 0.08 ? 10 : both(graspReward, inPlace) + (holding ? 1 + 5 * inPlace : 0),
      success: left <= 0.08,
      nearObject: away <= 0.05,
      graspSuccess: opening > 0 && object[2] - 0.03 > objectStart[2],
      graspReward,
      inPlace,
      objectToTarget: left,
    };
  },
  expert: script({
    aim: [0, 0, 0.01],
    gain: 25,
    grip: gripWhile(about([0, 0, 0], either(farXY(0.04), farZ(0.15))), -1, 0.6),
    stages: [
      { when: farXY(0.04), to: toAim(0, 0, 0.3) },
      { when: farZ(0.025), to: toAim() },
      { when: ({ aim }) => Math.abs(aim[2] - dropHeight) > 0.025, to: ({ hand }) => [hand[0], hand[1], dropHeight] },
      { to: ({ goal }) => [goal[0], 0.875, dropHeight] },
    ],
  }),
});
