import type { Arm } from "../arm.js";
import { cagingReward } from "../caging.js";
import { either, farXY, farZ, gripWhile, script, toAim } from "../policy.js";
import { fixedTurn, siteAt } from "../probes.js";
import { both, progress, tolerance } from "../reward.js";
import { type Episode, type Outcome, type Situation, defineTask } from "../task-spec.js";
import { type Vec3, distance, vec3 } from "../vec.js";

const scene = "sawyer_xyz/sawyer_handle_press.xml";
const sidewaysScene = "sawyer_xyz/sawyer_handle_press_sideways.xml";
const random = "the handle's box on the table, and a little its height";
const handStart: Vec3 = [0, 0.6, 0.2];
const resetBox = { low: [-0.1, 0.8, -0.001], high: [0.1, 0.9, 0.001] };

interface HandleEpisode extends Episode {
  readonly handleStart: Vec3;
}

/** The handle starts all but up. */
function placeUp(arm: Arm, v: readonly number[]): HandleEpisode {
  arm.placeBody("box", vec3(v));
  arm.setJoints([-0.001], { still: true });
  arm.forward();
  return { target: arm.site("goalPress"), objectStart: vec3(v), handleStart: arm.site("handleStart") };
}

/** The handle starts down. */
function placeDown(arm: Arm, v: readonly number[]): void {
  arm.placeBody("box", vec3(v));
  arm.setJoints([-0.1], { still: true });
  arm.forward();
}

function pressReward({ arm, tcp, episode: { target, handleStart } }: Situation<HandleEpisode>): Outcome {
  const handle = arm.site("handleStart");
  const left = Math.abs(handle[2] - target[2]);
  const inPlace = progress(left, { radius: 0.02, start: Math.abs(handleStart[2] - target[2]) });
  const away = distance(handle, tcp);
  const near = progress(away, { radius: 0.02, start: distance(handleStart, arm.tcpStart) });
  return {
    reward: 10 * (left <= 0.02 ? 1 : both(near, inPlace)),
    success: left <= 0.02,
    nearObject: away <= 0.05,
    graspSuccess: 1,
    graspReward: near,
    inPlace,
    objectToTarget: left,
  };
}

export const handlePress = defineTask<HandleEpisode>({
  name: "handle-press",
  scene,
  random,
  handStart,
  resetBox,
  goalBox: { low: [-0.1, 0.55, 0.04], high: [0.1, 0.7, 0.08] },
  objects: [{ position: siteAt("handleStart"), turn: fixedTurn() }],
  reset: placeUp,
  reward: pressReward,
  expert: script({ aim: [0, -0.02, 0], gain: 25, grip: -1, stages: [{ when: farXY(0.02), to: toAim(0, 0, 0.2) }, { to: toAim(0, 0, -0.5) }] }),
});

export const handlePull = defineTask({
  name: "handle-pull",
  scene,
  random,
  handStart,
  resetBox,
  goalBox: { low: [-0.1, 0.55, 0.04], high: [0.1, 0.7, 0.18] },
  objects: [{ position: siteAt("handleRight"), turn: fixedTurn() }],
  reset: (arm, v) => {
    placeDown(arm, v);
    return { target: arm.site("goalPull"), objectStart: vec3(v) };
  },
  reward: ({ arm, tcp, object, opening, action, episode: { target, objectStart } }) => {
    const left = Math.abs(target[2] - object[2]);
    const inPlace = tolerance(left, { to: 0.05, margin: Math.abs(target[2] - objectStart[2]) });
    const graspReward = cagingReward(arm, object, { objectRadius: 0.022, padReach: 0.05, xzReach: 0.01, density: "high", objectStart, action });
    const away = distance(object, tcp);
    // The reference compares y with a height, which always holds here.
    const holding = away < 0.035 && opening > 0 && object[1] - 0.01 > objectStart[2] ? 1 + 5 * inPlace : 0;
    return {
      reward: left < 0.05 ? 10 : both(graspReward, inPlace) + holding,
      success: left <= 0.05,
      nearObject: away <= 0.05,
      graspSuccess: opening > 0 && object[2] - 0.03 > objectStart[2],
      graspReward,
      inPlace,
      objectToTarget: left,
    };
  },
  expert: script({
    aim: [0, -0.04, 0],
    gain: 25,
    grip: 1,
    stages: [
      { when: farXY(0.02), to: toAim() },
      // The reference's point is a height alone, which numpy spreads over x, y and z.
      { when: farZ(0.02), to: ({ aim }) => [aim[2], aim[2], aim[2]] },
      { to: toAim(0, 0, 0.1) },
    ],
  }),
});

export const handlePressSide = defineTask<HandleEpisode>({
  name: "handle-press-side",
  scene: sidewaysScene,
  random,
  handStart,
  resetBox: { low: [-0.35, 0.65, -0.001], high: [-0.25, 0.75, 0.001] },
  objects: [{ position: siteAt("handleStart"), turn: fixedTurn() }],
  reset: placeUp,
  reward: pressReward,
  expert: script({ gain: 25, grip: 1, stages: [{ when: farXY(0.02), to: toAim(0, 0, 0.2) }, { to: toAim(0, 0, -0.5) }] }),
});

export const handlePullSide = defineTask({
  name: "handle-pull-side",
  scene: sidewaysScene,
  random: "the handle's box on the table",
  handStart,
  resetBox: { low: [-0.35, 0.65, 0], high: [-0.25, 0.75, 0] },
  objects: [{ position: siteAt("handleCenter"), turn: fixedTurn() }],
  reset: (arm, v) => {
    placeDown(arm, v);
    return { target: arm.site("goalPull"), objectStart: arm.site("handleCenter") };
  },
  reward: ({ arm, tcp, object, opening, action, episode: { target, objectStart } }) => {
    const left = distance(object, target);
    const inPlace = tolerance(left, { to: 0.05, margin: distance(objectStart, target) });
    const graspReward = cagingReward(arm, object, { objectRadius: 0.032, padReach: 0.06, xzReach: 0.01, density: "high", objectStart, action });
    const away = distance(object, tcp);
    const holding = away < 0.035 && opening > 0 && object[2] - 0.01 > objectStart[2] ? 1 + 5 * inPlace : 0;
    return {
      reward: left < 0.05 ? 10 : both(graspReward, inPlace) + holding,
      success: left <= 0.08,
      nearObject: away <= 0.05,
      graspSuccess: opening > 0 && object[2] - 0.03 > objectStart[2],
      graspReward,
      inPlace,
      objectToTarget: left,
    };
  },
  expert: script({
    gain: 25,
    grip: gripWhile(either(farXY(0.04), farZ(0.04)), 0, 0.6),
    stages: [
      { when: farXY(0.04), to: toAim(0, 0, 0.1) },
      { when: farZ(0.03), to: toAim() },
      { to: toAim(0, 0, 1) },
    ],
  }),
});
