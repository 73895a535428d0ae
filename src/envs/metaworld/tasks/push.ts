import { cagingReward, currentPadCaging } from "../caging.js";
import { detour } from "../detour.js";
import type { Arm } from "../arm.js";
import { about, either, farXY, farZ, fromHand, gripWhile, script, toAim, toGoal } from "../policy.js";
import { bodyAt, geomAt, geomTurn } from "../probes.js";
import { both, tolerance } from "../reward.js";
import { type Episode, type Situation, defineTask } from "../task-spec.js";
import { type Vec3, distance, distanceXY, f32, vec3 } from "../vec.js";

const objects = [{ position: geomAt("objGeom"), turn: geomTurn("objGeom") }];
const accepts = (v: readonly number[]): boolean => distanceXY(vec3(v), vec3(v, 3)) >= 0.15;

/** Puck and goal lie at the height to which the puck has settled. */
function place(arm: Arm, v: readonly number[]): Episode {
  const height = arm.body("obj")[2];
  const objectStart: Vec3 = [v[0] as number, v[1] as number, height];
  const target: Vec3 = [v[3] as number, v[4] as number, height];
  arm.placeObject(objectStart);
  arm.placeSite("goal", target);
  return { target, objectStart };
}

const liftedPuck = ({ arm, opening, object, episode }: Situation): boolean =>
  opening > 0 && object[2] - 0.02 > episode.objectStart[2] && arm.touches("objGeom");

export const push = defineTask({
  name: "push",
  scene: "sawyer_xyz/sawyer_push_v3.xml",
  random: "the puck and the goal on the table",
  handStart: [0, 0.6, 0.2],
  resetBox: { low: [-0.1, 0.6, 0.02, -0.1, 0.8, 0.01], high: [0.1, 0.7, 0.02, 0.1, 0.9, 0.02] },
  goalBox: { low: [-0.1, 0.8, 0.01], high: [0.1, 0.9, 0.02] },
  accepts,
  objects: [{ position: bodyAt("obj"), turn: geomTurn("objGeom") }],
  reset: place,
  reward: (situation) => {
    const { arm, tcp, opening, object, action } = situation;
    const { target, objectStart } = situation.episode;
    const away = distance(object, tcp);
    const left = distance(object, target);
    const inPlace = tolerance(left, { to: 0.05, margin: distance(objectStart, target) });
    const graspReward = cagingReward(arm, object, { objectRadius: 0.015, padReach: 0.05, xzReach: 0.005, density: "high", objectStart, action });
    const holding = away < 0.02 && opening > 0 ? 1 + 2 * graspReward + 5 * inPlace : 0;
    return {
      reward: left < 0.05 ? 10 : 2 * graspReward + holding,
      success: left <= 0.05,
      nearObject: away <= 0.03,
      graspSuccess: liftedPuck(situation),
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

export const pushBack = defineTask({
  name: "push-back",
  scene: "sawyer_xyz/sawyer_push_back_v3.xml",
  random: "the puck on the table and the goal nearer to the arm",
  handStart: f32(0, 0.6, 0.2),
  resetBox: { low: [-0.1, 0.8, 0.02, -0.1, 0.6, 0.0199], high: [0.1, 0.85, 0.02, 0.1, 0.7, 0.0201] },
  goalBox: { low: [-0.1, 0.6, 0.0199], high: [0.1, 0.7, 0.0201] },
  accepts,
  objects,
  reset: place,
  reward: (situation) => {
    const { arm, tcp, opening, object, action } = situation;
    const { target, objectStart } = situation.episode;
    const away = distance(object, tcp);
    const left = distance(object, target);
    const leftAtStart = distance(objectStart, target);
    const inPlace = tolerance(left, { to: 0.05, margin: leftAtStart });
    const graspReward = currentPadCaging(arm, object, { objectRadius: 0.007, padReach: 0.05, xzReach: 0.01, slack: 0.003, objectStart, action });
    const pulling = away < 0.01 && opening > 0 && opening < 0.55 && leftAtStart - left > 0.01;
    return {
      reward: left < 0.05 ? 10 : both(graspReward, inPlace) + (pulling ? 1 + 5 * inPlace : 0),
      success: left <= 0.07,
      nearObject: away <= 0.03,
      graspSuccess: liftedPuck(situation),
      graspReward,
      inPlace,
      objectToTarget: left,
    };
  },
  expert: script({
    gain: 10,
    grip: gripWhile(either(farXY(0.04), farZ(0.05)), 0, 0.9),
    stages: [
      { when: farXY(0.04), to: toAim(0, 0, 0.3) },
      { when: farZ(0.055), to: toAim() },
      { to: ({ hand, goal }) => [goal[0], goal[1], goal[2] + hand[2]] },
    ],
  }),
});

export const pushWall = defineTask({
  name: "push-wall",
  scene: "sawyer_xyz/sawyer_push_wall_v3.xml",
  random: "the puck on the table and the goal behind a wall",
  handStart: [0, 0.6, 0.2],
  resetBox: { low: [-0.05, 0.6, 0.015, -0.05, 0.85, 0.01], high: [0.05, 0.65, 0.015, 0.05, 0.9, 0.02] },
  goalBox: { low: [-0.05, 0.85, 0.01], high: [0.05, 0.9, 0.02] },
  accepts,
  objects,
  reset: place,
  reward: (situation) => {
    const { arm, tcp, opening, object, action } = situation;
    const { objectStart } = situation.episode;
    const away = distance(object, tcp);
    const { toVia, toGoal: inPlace, left } = detour(situation, { via: [-0.05, 0.77, object[2]], emphasis: [3, 1, 1] });
    const graspReward = cagingReward(arm, object, { objectRadius: 0.015, padReach: 0.05, xzReach: 0.005, density: "high", objectStart, action });
    const holding = away < 0.02 && opening > 0 ? 1 + (object[1] > 0.75 ? 4 + 3 * inPlace : 4 * toVia) : 0;
    return {
      reward: left < 0.05 ? 10 : 2 * graspReward + holding,
      success: left <= 0.07,
      nearObject: away <= 0.03,
      graspSuccess: liftedPuck(situation),
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
      { when: ({ aim: [x, y] }) => x >= -0.1 && x <= 0.3 && y >= 0.65 && y <= 0.75, to: fromHand(-1, 0, 0) },
      { when: ({ aim: [x, y] }) => ((x > -0.15 && x < 0.05) || (x > 0.15 && x < 0.35)) && y >= 0.695 && y <= 0.755, to: fromHand(0, 1, 0) },
      { to: toGoal() },
    ],
  }),
});
