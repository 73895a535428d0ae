import type { Arm } from "../arm.js";
import { farXY, farZ, script, toAim } from "../policy.js";
import { fixedTurn, siteAt } from "../probes.js";
import { type Falloff, both, progress } from "../reward.js";
import { type Episode, type Situation, type Outcome, defineTask } from "../task-spec.js";
import { type Vec3, add, distance, f32, vec3 } from "../vec.js";

const scene = "sawyer_xyz/sawyer_window_horizontal.xml";
const handStart = f32(0, 0.4, 0.2);

interface WindowEpisode extends Episode {
  /** Where the handle was thought to be before the window was moved: the reference reads it one forward pass early. */
  readonly handleStart: Vec3;
}

/** Sliding counts along x alone. */
function slidingReward({ arm, tcp, episode: { target, handleStart } }: Situation<WindowEpisode>, o: { handle: string; start: number; falloff: Falloff }): Outcome {
  const handle = arm.site(o.handle);
  const left = Math.abs(handle[0] - target[0]);
  const inPlace = progress(left, { radius: 0.05, start: Math.abs(o.start - target[0]) });
  const away = distance(handle, tcp);
  const near = progress(away, { radius: 0.02, start: distance(handleStart, arm.tcpStart), falloff: o.falloff });
  return {
    reward: 10 * both(near, inPlace),
    success: left <= 0.05,
    nearObject: away <= 0.05,
    graspSuccess: 1,
    graspReward: near,
    inPlace,
    objectToTarget: left,
  };
}

function placeWindow(arm: Arm, { at, target, slide }: { at: Vec3; target: Vec3; slide: number }): void {
  arm.placeBody("window", at);
  arm.setJoints([slide]);
  arm.placeSite("goal", target);
}

export const windowOpen = defineTask<WindowEpisode>({
  name: "window-open",
  scene,
  random: "the window on the table",
  handStart,
  resetBox: { low: [-0.1, 0.7, 0.16], high: [0.1, 0.9, 0.16] },
  objects: [{ position: siteAt("handleOpenStart"), turn: fixedTurn() }],
  reset: (arm, v) => {
    const objectStart = vec3(v);
    const target = add(objectStart, [0.2, 0, 0]);
    const handleStart = arm.site("handleOpenStart");
    placeWindow(arm, { at: objectStart, target, slide: 0 });
    return { target, objectStart, handleStart };
  },
  reward: (situation) => slidingReward(situation, { handle: "handleOpenStart", start: situation.episode.objectStart[0], falloff: "longTail" }),
  expert: script({
    aim: [-0.03, -0.03, -0.08],
    gain: 25,
    grip: 1,
    stages: [
      { when: farXY(0.04), to: toAim(0, 0, 0.3) },
      { when: farZ(0.02), to: toAim() },
      { to: toAim(0.1, 0, 0) },
    ],
  }),
});

export const windowClose = defineTask<WindowEpisode>({
  name: "window-close",
  scene,
  random: "the window along y",
  handStart,
  resetBox: { low: [0, 0.75, 0.2], high: [0, 0.9, 0.2] },
  objects: [{ position: siteAt("handleCloseStart"), turn: fixedTurn() }],
  reset: (arm, v) => {
    const target = vec3(v);
    const handleStart = add(arm.site("handleCloseStart"), [0.2, 0, 0]);
    placeWindow(arm, { at: target, target, slide: 0.2 });
    return { target, objectStart: target, handleStart };
  },
  reward: (situation) => slidingReward(situation, { handle: "handleCloseStart", start: situation.episode.handleStart[0], falloff: "gaussian" }),
  expert: script({
    aim: [0.03, -0.03, -0.08],
    gain: 25,
    grip: 1,
    stages: [
      { when: farXY(0.04), to: toAim(0, 0, 0.25) },
      { when: farZ(0.02), to: toAim() },
      { to: toAim(-0.1, 0, 0) },
    ],
  }),
});
