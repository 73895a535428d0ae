import { script, toGoal } from "../policy.js";
import { bodyAt, geomTurn } from "../probes.js";
import { tolerance } from "../reward.js";
import type { Arm } from "../arm.js";
import { type Episode, type Situation, defineTask } from "../task-spec.js";
import { type Vec3, distance, distanceXY, vec3 } from "../vec.js";

const random = "the puck on the table and the goal above it";
const handStart: Vec3 = [0, 0.6, 0.2];
const objects = [{ position: bodyAt("obj"), turn: geomTurn("objGeom") }];
/** Puck and goal are at least 15 cm apart on the table. */
const accepts = (v: readonly number[]): boolean => distanceXY(vec3(v), vec3(v, 3)) >= 0.15;

function place(arm: Arm, v: readonly number[]): Episode {
  const objectStart = vec3(v);
  const target = vec3(v, 3);
  arm.placeObject(objectStart);
  arm.placeSite("goal", target);
  return { target, objectStart };
}

function reaching({ arm, tcp, episode: { target } }: Situation): { far: number; inPlace: number } {
  const far = distance(tcp, target);
  return { far, inPlace: tolerance(far, { to: 0.05, margin: distance(arm.handStart, target) }) };
}

export const reach = defineTask({
  name: "reach",
  scene: "sawyer_xyz/sawyer_reach_v3.xml",
  random,
  handStart,
  resetBox: { low: [-0.1, 0.6, 0.02, -0.1, 0.8, 0.05], high: [0.1, 0.7, 0.02, 0.1, 0.9, 0.3] },
  goalBox: { low: [-0.1, 0.8, 0.05], high: [0.1, 0.9, 0.3] },
  accepts,
  objects,
  reset: place,
  reward: (situation) => {
    const { far, inPlace } = reaching(situation);
    return { reward: 10 * inPlace, success: far <= 0.05, nearObject: far, graspSuccess: 1, graspReward: far, inPlace, objectToTarget: far };
  },
  expert: script({ gain: 5, grip: 0, stages: [{ to: toGoal() }] }),
});

export const reachWall = defineTask({
  name: "reach-wall",
  scene: "sawyer_xyz/sawyer_reach_wall_v3.xml",
  random: `${random}, behind a wall`,
  handStart,
  resetBox: { low: [-0.05, 0.6, 0.015, -0.05, 0.85, 0.05], high: [0.05, 0.65, 0.015, 0.05, 0.9, 0.3] },
  goalBox: { low: [-0.05, 0.85, 0.05], high: [0.05, 0.9, 0.3] },
  accepts,
  objects,
  reset: place,
  reward: (situation) => {
    const { far, inPlace } = reaching(situation);
    return { reward: 10 * inPlace, success: far <= 0.05, nearObject: 0, graspSuccess: 0, graspReward: 0, inPlace, objectToTarget: far };
  },
  expert: script({
    gain: 5,
    grip: 0,
    stages: [
      { when: ({ hand: [x, y, z] }) => x >= -0.1 && x <= 0.3 && y >= 0.6 && y <= 0.8 && z < 0.25, to: toGoal(0, 0, 1) },
      { to: toGoal() },
    ],
  }),
});
