import type { Arm } from "../arm.js";
import { currentPadCaging } from "../caging.js";
import { about, either, farXY, farZ, gripWhile, script, toAim, toGoal } from "../policy.js";
import { bodyAt, bodyTurn, geomTurn } from "../probes.js";
import { both, tolerance } from "../reward.js";
import { type Episode, type Outcome, type Situation, defineTask } from "../task-spec.js";
import { type Vec3, distance, distanceXY, vec3 } from "../vec.js";

const handStart: Vec3 = [0, 0.6, 0.2];

function place(arm: Arm, episode: Episode): Episode {
  arm.placeObject(episode.objectStart);
  arm.placeSite("goal", episode.target);
  return episode;
}

/** Reward for sweeping the cube to a point; the pads grip with `slack` at `xzReach` of it. */
function sweeping({ arm, tcp, opening, object, action, episode: { objectStart } }: Situation, { target, ...reach }: { target: Vec3; slack: number; xzReach: number }): Outcome {
  const left = distance(object, target);
  const away = distance(object, tcp);
  const inPlace = tolerance(left, { to: 0.05, margin: distance(objectStart, target) });
  const graspReward = currentPadCaging(arm, object, { objectRadius: 0.02, padReach: 0.05, ...reach, objectStart, action });
  return {
    reward: left < 0.05 ? 10 : 2 * graspReward + 6 * both(graspReward, inPlace),
    success: left <= 0.05,
    nearObject: away <= 0.03,
    graspSuccess: opening > 0 && arm.touches("objGeom"),
    graspReward,
    inPlace,
    objectToTarget: left,
  };
}

const awayFromCube = about([0, 0, 0], either(farXY(0.04), farZ(0.15)));

export const sweep = defineTask({
  name: "sweep",
  scene: "sawyer_xyz/sawyer_sweep_v3.xml",
  random: "the cube on the table; the goal lies straight beside it",
  handStart,
  resetBox: { low: [-0.1, 0.6, 0.02], high: [0.1, 0.7, 0.02] },
  goalBox: { low: [0.49, 0.6, 0], high: [0.51, 0.7, 0.02] },
  objects: [{ position: bodyAt("obj"), turn: bodyTurn("obj") }],
  reset: (arm, [x = 0, y = 0]) => place(arm, { target: [0.5, y, 0.01], objectStart: [x, y, 0.02] }),
  reward: (situation) => sweeping(situation, { target: situation.episode.target, slack: 0.01, xzReach: 0.005 }),
  expert: script({
    aim: [0, 0, 0.015],
    gain: 25,
    grip: (view) => (awayFromCube(view) || view.object[0] >= 0.4 ? -1 : 0.7),
    stages: [
      { when: (view) => view.hand[0] < 0.2 && farXY(0.04)(view), to: toAim(0, 0, 0.3) },
      { when: (view) => view.hand[0] < 0.2 && farZ(0.04)(view), to: toAim() },
      { to: toGoal(0, 0, 0.1) },
    ],
  }),
});

const hole: Vec3 = [0, 0.84, 0.02];

export const sweepInto = defineTask({
  name: "sweep-into",
  scene: "sawyer_xyz/sawyer_table_with_hole.xml",
  random: "the cube on the table",
  handStart,
  resetBox: { low: [-0.1, 0.6, 0.02, -0.001, 0.8399, 0.0199], high: [0.1, 0.7, 0.02, 0.001, 0.8401, 0.0201] },
  goalBox: { low: [-0.001, 0.8399, 0.0199], high: [0.001, 0.8401, 0.0201] },
  accepts: (v) => distanceXY(vec3(v), hole) >= 0.15,
  objects: [{ position: bodyAt("obj"), turn: geomTurn("objGeom") }],
  reset: (arm, [x = 0, y = 0]) => place(arm, { target: hole, objectStart: [x, y, arm.body("obj")[2]] }),
  reward: (situation) => sweeping(situation, { target: [hole[0], hole[1], situation.object[2]], slack: 0.005, xzReach: 0.01 }),
  expert: script({
    aim: [-0.005, 0, 0.01],
    gain: 25,
    grip: gripWhile(awayFromCube, -1, 0.7),
    stages: [
      { when: farXY(0.04), to: toAim(0, 0, 0.3) },
      { when: farZ(0.04), to: toAim() },
      { to: toGoal() },
    ],
  }),
});
