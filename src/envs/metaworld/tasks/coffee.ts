import type { Arm } from "../arm.js";
import { cagingReward } from "../caging.js";
import { about, either, farXY, farZ, gripWhile, script, toAim, toGoal } from "../policy.js";
import { pressing } from "../pressing.js";
import { bodyAt, fixedTurn, geomTurn, siteAt } from "../probes.js";
import { both, tolerance } from "../reward.js";
import { type Episode, type Outcome, type Situation, defineTask } from "../task-spec.js";
import { type Vec3, add, distance, distanceXY, distanceXZ, norm, scale, sub, vec3 } from "../vec.js";

const scene = "sawyer_xyz/sawyer_coffee.xml";
const handStart: Vec3 = [0, 0.4, 0.2];
/** How far the machine's button goes in. */
const travel = 0.03;

/** The reference means to place the mug and writes its position into the arm's first three joints. */
function misplaceMug(arm: Arm, position: Vec3): void {
  arm.simulation.qpos.set(position, 0);
  arm.simulation.qvel.fill(0, 9, 15);
  arm.forward();
}

export const coffeeButton = defineTask({
  name: "coffee-button",
  scene,
  random: "the coffee machine on the table",
  handStart,
  resetBox: { low: [-0.1, 0.8, -0.001], high: [0.1, 0.9, 0.001] },
  goalBox: { low: [-0.1 - 0.001, 0.8 - 0.22 + travel, -0.001 + 0.299], high: [0.1 + 0.001, 0.9 - 0.22 + travel, 0.001 + 0.301] },
  objects: [{ position: siteAt("buttonStart"), turn: fixedTurn([1, 0, 0, 0]) }],
  reset: (arm, v) => {
    const objectStart = vec3(v);
    arm.placeBody("coffee_machine", objectStart);
    misplaceMug(arm, add(objectStart, [0, -0.22, 0]));
    return { target: add(add(objectStart, [0, -0.22, 0.3]), [0, travel, 0]), objectStart };
  },
  reward: (situation) => {
    const { object, opening, episode } = situation;
    const left = Math.abs(episode.target[1] - object[1]);
    return pressing(situation, { left, travel, grip: Math.max(opening, 0), near: 0.05, approachWeight: 2, pressReach: 0.05, pressWeight: 8, successWithin: 0.02 });
  },
  expert: script({
    aim: [0, 0, -0.07],
    gain: 10,
    grip: -1,
    stages: [
      { when: ({ hand, aim }) => distanceXZ(hand, aim) > 0.02, to: ({ hand, aim }) => [aim[0], hand[1], aim[2]] },
      { to: toAim(0, 0.2, 0) },
    ],
  }),
});

const mug = [{ position: bodyAt("obj"), turn: geomTurn("mug") }];
/** The mug's way is at least 15 cm long. */
const accepts = (v: readonly number[]): boolean => distanceXY(vec3(v), vec3(v, 3)) >= 0.15;
/** Errors on the table count twice. */
const emphasis: Vec3 = [2, 2, 1];

/** The mug from the first point of a random vector to the second, the machine behind one of them. */
function placeMug(arm: Arm, v: readonly number[], machineAt: "start" | "target"): Episode {
  const objectStart = vec3(v);
  const target = vec3(v, 3);
  misplaceMug(arm, objectStart);
  arm.placeBody("coffee_machine", add(machineAt === "start" ? objectStart : target, [0, 0.22, 0]));
  arm.placeSite("mug_goal", target);
  return { target, objectStart };
}

function movingMug({ arm, tcp, object, opening, action, episode: { target, objectStart } }: Situation): Outcome {
  const left = norm(scale(sub(object, target), emphasis));
  const inPlace = tolerance(left, { to: 0.05, margin: norm(scale(sub(objectStart, target), emphasis)) });
  const away = distance(object, tcp);
  const graspReward = cagingReward(arm, object, { objectRadius: 0.02, padReach: 0.05, xzReach: 0.05, effort: 0.7, density: "medium", reach: 0.04, objectStart, action });
  const holding = away < 0.04 && opening > 0 ? 1 + 5 * inPlace : 0;
  const objectToTarget = distance(object, target);
  return {
    reward: left < 0.05 ? 10 : both(graspReward, inPlace) + holding,
    success: objectToTarget <= 0.07,
    nearObject: away <= 0.03,
    graspSuccess: opening > 0 && arm.touches("mug"),
    graspReward,
    inPlace,
    objectToTarget,
  };
}

const awayFromMug = about([0.01, 0, 0.05], either(farXY(0.06), farZ(0.1)));

export const coffeePull = defineTask({
  name: "coffee-pull",
  scene,
  random: "the mug under the machine, and the goal before it",
  handStart,
  resetBox: { low: [-0.05, 0.7, -0.001, -0.1, 0.55, -0.001], high: [0.05, 0.75, 0.001, 0.1, 0.65, 0.001] },
  goalBox: { low: [-0.1, 0.55, -0.001], high: [0.1, 0.65, 0.001] },
  accepts,
  objects: mug,
  reset: (arm, v) => placeMug(arm, v, "start"),
  reward: movingMug,
  expert: script({
    aim: [-0.005, 0, 0.05],
    gain: 10,
    grip: gripWhile(awayFromMug, -1, 0.7),
    stages: [{ when: farXY(0.06), to: toAim(0, 0, 0.15) }, { when: farZ(0.02), to: toAim() }, { to: toGoal() }],
  }),
});

export const coffeePush = defineTask({
  name: "coffee-push",
  scene,
  random: "the mug on the table, and the goal under the machine",
  handStart,
  resetBox: { low: [-0.1, 0.55, -0.001, -0.05, 0.7, -0.001], high: [0.1, 0.65, 0.001, 0.05, 0.75, 0.001] },
  goalBox: { low: [-0.05, 0.7, -0.001], high: [0.05, 0.75, 0.001] },
  accepts,
  objects: mug,
  reset: (arm, v) => placeMug(arm, v, "target"),
  reward: movingMug,
  expert: script({
    aim: [0.01, 0, 0.05],
    gain: 10,
    grip: gripWhile(awayFromMug, -1, 0.5),
    stages: [
      { when: farXY(0.06), to: toAim(0, 0, 0.2) },
      { when: farZ(0.02), to: toAim() },
      { to: ({ goal }) => [goal[0], goal[1], 0.1] },
    ],
  }),
});
