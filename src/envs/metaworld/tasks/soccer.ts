import { currentPadCaging } from "../caging.js";
import { type View, script, toAim } from "../policy.js";
import { bodyAt, bodyMatrixTurn } from "../probes.js";
import { tolerance } from "../reward.js";
import { defineTask } from "../task-spec.js";
import { type Vec3, clamp, distance, distanceXY, norm, scale, sub, vec3 } from "../vec.js";

/** Errors along the goal line count three times. */
const emphasis: Vec3 = [3, 1, 1];

/** Where the hand pushes the ball from: behind it, or beside it until it is in front of the goal. */
function behindBall({ hand, aim, goal }: View): Vec3 {
  const height = distanceXY(hand, aim) < 0.02 ? 0.1 : 0.03;
  const side = aim[0] - goal[0];
  if (Math.abs(side) > 0.05) return [aim[0] + Math.sign(side) * 0.03, aim[1], height];
  return [aim[0], aim[1] - 0.03, height];
}

export const soccer = defineTask({
  name: "soccer",
  scene: "sawyer_xyz/sawyer_soccer.xml",
  random: "the ball and the goal on the table",
  handStart: [0, 0.6, 0.2],
  resetBox: { low: [-0.1, 0.6, 0.03, -0.1, 0.8, 0], high: [0.1, 0.7, 0.03, 0.1, 0.9, 0] },
  goalBox: { low: [-0.1, 0.8, 0], high: [0.1, 0.9, 0] },
  accepts: (v) => distanceXY(vec3(v), vec3(v, 3)) >= 0.15,
  objects: [{ position: bodyAt("soccer_ball"), turn: bodyMatrixTurn("soccer_ball") }],
  reset: (arm, v) => {
    const objectStart: Vec3 = [v[0] as number, v[1] as number, 0.03];
    const target = vec3(v, 3);
    arm.placeBody("goal_whole", target);
    arm.placeObject(objectStart);
    arm.placeSite("goal", target);
    return { target, objectStart };
  },
  reward: ({ arm, tcp, opening, object, action, episode: { target, objectStart } }) => {
    const left = norm(scale(sub(object, target), emphasis));
    // The margin is the way that the ball has come, not the one that it had before it.
    let inPlace = tolerance(left, { to: 0.07, margin: norm(scale(sub(object, objectStart), emphasis)) });
    const goalLine = target[1] - 0.1;
    const missed = object[1] > goalLine && Math.abs(object[0] - target[0]) > 0.1;
    if (missed) inPlace = clamp(inPlace - 2 * ((object[1] - goalLine) / (1 - goalLine)), 0, 1);
    const graspReward = currentPadCaging(arm, object, { objectRadius: 0.013, padReach: 0.05, xzReach: 0.005, slack: 0.01, objectStart, action });
    const away = distance(object, tcp);
    const objectToTarget = distance(object, target);
    return {
      reward: left < 0.07 ? 10 : 3 * graspReward + 6.5 * inPlace,
      success: objectToTarget <= 0.07,
      nearObject: away <= 0.03,
      graspSuccess: opening > 0 && object[2] - 0.02 > objectStart[2] && arm.touches("objGeom"),
      graspReward,
      inPlace,
      objectToTarget,
    };
  },
  expert: script({
    aim: [0, 0, 0.03],
    gain: 25,
    grip: 1,
    stages: [{ when: (view) => distance(view.hand, behindBall(view)) > 0.01, to: behindBall }, { to: toAim() }],
  }),
});
