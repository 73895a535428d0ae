import { farXY, farZ, fromHand, script, toAim } from "../policy.js";
import { bodyTurn, siteAt } from "../probes.js";
import { both, tolerance } from "../reward.js";
import { defineTask } from "../task-spec.js";
import { type Vec3, add, f32, norm, scale, sub, vec3 } from "../vec.js";

const scene = "sawyer_xyz/sawyer_door_lock.xml";
const random = "the door on the table";
const handStart = f32(0, 0.6, 0.2);
const handLow: Vec3 = [-0.5, 0.4, -0.15];
const resetBox = { low: [-0.1, 0.8, 0.15], high: [0.1, 0.85, 0.15] };
const lockLength = 0.1;
/** Errors along the lock count less than those across it. */
const emphasis: Vec3 = [0.25, 1, 0.5];

export const doorLock = defineTask({
  name: "door-lock",
  scene,
  random,
  handStart,
  handLow,
  resetBox,
  objects: [{ position: siteAt("lockStartLock"), turn: bodyTurn("door_link") }],
  reset: (arm, v) => {
    arm.placeBody("door", vec3(v));
    arm.settle();
    const objectStart = arm.body("lock_link");
    return { target: add(objectStart, [0, -0.04, -0.1]), objectStart };
  },
  reward: ({ arm, opening, object, episode: { target } }) => {
    const away = norm(scale(sub(object, arm.body("leftpad")), emphasis));
    // The margin is the distance now: the reference keeps the pad's start as a live view.
    const near = tolerance(away, { to: 0.01, margin: away });
    const left = Math.abs(target[2] - object[2]);
    const locked = tolerance(left, { to: 0.005, margin: lockLength });
    return {
      reward: 2 * both(Math.max(opening, 0), near) + 8 * locked,
      success: left <= 0.02,
      nearObject: away <= 0.05,
      graspSuccess: opening > 0,
      graspReward: near,
      inPlace: locked,
      objectToTarget: left,
    };
  },
  expert: script({
    aim: [-0.02, -0.02, 0],
    gain: 25,
    grip: -1,
    stages: [
      { when: (view) => farXY(0.02)(view) && view.hand[2] < 0.25, to: fromHand(0, -0.1, 0.1) },
      { when: farXY(0.02), to: toAim(0, 0, 0.3) },
      { when: farZ(0.02), to: toAim() },
      { to: toAim(-0.1, 0, -0.1) },
    ],
  }),
});

/** From the hand to the side of the gripper that pushes the lock. */
const shoulder: Vec3 = [0, 0.055, 0.07];

export const doorUnlock = defineTask({
  name: "door-unlock",
  scene,
  random,
  handStart,
  handLow,
  resetBox,
  objects: [{ position: siteAt("lockStartUnlock"), turn: bodyTurn("door_link") }],
  reset: (arm, v) => {
    arm.placeBody("door", vec3(v));
    arm.setJoints([1.5708], { still: true });
    arm.forward();
    const objectStart = arm.body("lock_link");
    return { target: add(objectStart, [0.1, -0.04, 0]), objectStart };
  },
  reward: ({ arm, hand, opening, object, episode: { target } }) => {
    const away = norm(scale(sub(add(hand, shoulder), object), emphasis));
    // The lock's start is a live view in the reference: where it is now.
    const margin = norm(scale(sub(add(arm.tcpStart, shoulder), arm.body("lock_link")), emphasis));
    const ready = tolerance(away, { to: 0.02, margin });
    const left = Math.abs(target[0] - object[0]);
    const pushed = tolerance(left, { to: 0.005, margin: lockLength });
    return {
      reward: 2 * ready + 8 * pushed,
      success: left <= 0.02,
      nearObject: away <= 0.05,
      graspSuccess: opening > 0,
      graspReward: ready,
      inPlace: pushed,
      objectToTarget: left,
    };
  },
  expert: script({
    aim: [-0.04, -0.02, -0.03],
    gain: 25,
    grip: 1,
    stages: [
      { when: (view) => farXY(0.02)(view) && view.hand[2] > 0.15, to: fromHand(0, -0.1, -0.1) },
      { when: farXY(0.02), to: toAim() },
      { to: toAim(0.1, 0, 0.01) },
    ],
  }),
});
