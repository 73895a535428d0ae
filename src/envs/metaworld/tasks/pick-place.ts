import type { Arm } from "../arm.js";
import { cagingReward, currentPadCaging } from "../caging.js";
import { detour } from "../detour.js";
import { type View, about, either, farXY, farZ, fromHand, gripWhile, script, toAim, toGoal } from "../policy.js";
import { bodyAt, geomAt, geomTurn } from "../probes.js";
import { both, tolerance } from "../reward.js";
import { type Episode, type Situation, defineTask } from "../task-spec.js";
import { distance, distanceXY, vec3 } from "../vec.js";

const accepts = (v: readonly number[]): boolean => distanceXY(vec3(v), vec3(v, 3)) >= 0.15;

function place(arm: Arm, v: readonly number[]): Episode {
  const objectStart = vec3(v);
  const target = vec3(v, 3);
  arm.placeObject(objectStart);
  arm.placeSite("goal", target);
  return { target, objectStart };
}

const liftedPuck = ({ arm, opening, object, episode }: Situation): boolean =>
  opening > 0 && object[2] - 0.02 > episode.objectStart[2] && arm.touches("objGeom");

export const pickPlace = defineTask({
  name: "pick-place",
  scene: "sawyer_xyz/sawyer_pick_place_v3.xml",
  random: "the puck on the table and the goal above it",
  handStart: [0, 0.6, 0.2],
  resetBox: { low: [-0.1, 0.6, 0.02, -0.1, 0.8, 0.05], high: [0.1, 0.7, 0.02, 0.1, 0.9, 0.3] },
  goalBox: { low: [-0.1, 0.8, 0.05], high: [0.1, 0.9, 0.3] },
  accepts,
  objects: [{ position: bodyAt("obj"), turn: geomTurn("objGeom") }],
  reset: place,
  reward: (situation) => {
    const { arm, tcp, opening, object, action } = situation;
    const { target, objectStart } = situation.episode;
    const left = distance(object, target);
    const away = distance(object, tcp);
    const inPlace = tolerance(left, { to: 0.05, margin: distance(objectStart, target) });
    const graspReward = currentPadCaging(arm, object, { objectRadius: 0.015, padReach: 0.05, xzReach: 0.005, objectStart, action });
    const lifted = away < 0.02 && opening > 0 && object[2] - 0.01 > objectStart[2];
    return {
      reward: left < 0.05 ? 10 : both(graspReward, inPlace) + (lifted ? 1 + 5 * inPlace : 0),
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
    grip: ({ hand, object }) => (distance(hand, object) < 0.07 ? 1 : 0),
    stages: [
      { when: farXY(0.02), to: toAim(0, 0, 0.1) },
      { when: (view) => farZ(0.05)(view) && view.aim[2] < 0.04, to: toAim(0, 0, 0.03) },
      { when: ({ opening }) => opening > 0.73, to: fromHand() },
      { to: toGoal() },
    ],
  }),
});

/** The hand is where the wall is in its way, below a height. */
const atWall = (height: number) => ({ hand: [x, y, z] }: View): boolean => x >= -0.15 && x <= 0.35 && y >= 0.6 && y <= 0.8 && z < height;

export const pickPlaceWall = defineTask({
  name: "pick-place-wall",
  scene: "sawyer_xyz/sawyer_pick_place_wall_v3.xml",
  random: "the puck on the table and the goal above it, behind a wall",
  handStart: [0, 0.6, 0.2],
  resetBox: { low: [-0.05, 0.6, 0.015, -0.05, 0.85, 0.05], high: [0.05, 0.65, 0.015, 0.05, 0.9, 0.3] },
  goalBox: { low: [-0.05, 0.85, 0.05], high: [0.05, 0.9, 0.3] },
  accepts,
  objects: [{ position: geomAt("objGeom"), turn: geomTurn("objGeom") }],
  reset: place,
  reward: (situation) => {
    const { arm, tcp, opening, object, action } = situation;
    const { target, objectStart } = situation.episode;
    const away = distance(object, tcp);
    const { toVia, toGoal: inPlace, left } = detour(situation, { via: [target[0], 0.77, 0.25], emphasis: [1, 1, 3] });
    const graspReward = cagingReward(arm, object, { objectRadius: 0.015, padReach: 0.05, xzReach: 0.005, objectStart, action });
    const lifted = away < 0.02 && opening > 0 && object[2] - 0.015 > objectStart[2];
    const carrying = lifted ? 1 + (object[1] > 0.75 ? 4 + 3 * inPlace : 4 * toVia) : 0;
    return {
      reward: left < 0.05 ? 10 : both(graspReward, toVia) + carrying,
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
    grip: gripWhile(about([0, 0, 0], either(farXY(0.015), farZ(0.1))), 0, 0.9),
    stages: [
      { when: farXY(0.015), to: toAim(0, 0, 0.1) },
      { when: (view) => farZ(0.04)(view) && view.aim[2] < 0.03, to: toAim(0, 0, 0.03) },
      { when: atWall(0.25), to: fromHand(0, 0, 1) },
      { when: atWall(0.35), to: ({ hand, goal }) => [goal[0], goal[1], hand[2]] },
      { when: ({ hand, goal }) => Math.abs(hand[2] - goal[2]) > 0.01, to: ({ hand, goal }) => [hand[0], hand[1], goal[2]] },
      { to: toGoal() },
    ],
  }),
});
