import { farXY, farZ, script, toAim } from "../policy.js";
import { bodyAt, bodyTurn, fixedTurn } from "../probes.js";
import { both, closing, progress, tolerance } from "../reward.js";
import { defineTask } from "../task-spec.js";
import { type Vec3, add, distance, f32, norm, scale, sub, vec3 } from "../vec.js";

const scene = "sawyer_xyz/sawyer_drawer.xml";
const random = "the drawer along x";
const handStart = f32(0, 0.6, 0.2);
const resetBox = { low: [-0.1, 0.9, 0], high: [0.1, 0.9, 0] };

/** How far the drawer is pulled out. */
const pull = 0.2;
/** Errors on the table count three times, so that the gripper comes down on the handle from above. */
const emphasis: Vec3 = [3, 3, 1];

export const drawerOpen = defineTask({
  name: "drawer-open",
  scene,
  random,
  handStart,
  resetBox,
  objects: [{ position: bodyAt("drawer_link", [0, -0.16, 0]), turn: bodyTurn("drawer_link") }],
  reset: (arm, v) => {
    const objectStart = vec3(v);
    arm.placeBody("drawer", objectStart);
    const target = add(objectStart, [0, -0.16 - pull, 0.09]);
    arm.placeSite("goal", target);
    return { target, objectStart };
  },
  reward: ({ arm, hand, opening, object, episode: { target } }) => {
    const left = distance(object, target);
    const opened = tolerance(left, { to: 0.02, margin: pull });
    const startError = norm(scale(sub(add(target, [0, pull, 0]), arm.tcpStart), emphasis));
    const caged = tolerance(norm(scale(sub(object, hand), emphasis)), { to: 0.01, margin: startError });
    return {
      reward: 5 * (caged + opened),
      success: left <= 0.03,
      nearObject: distance(object, hand) <= 0.03,
      graspSuccess: opening > 0,
      graspReward: caged,
      inPlace: opened,
      objectToTarget: left,
    };
  },
  expert: script({
    aim: [0, 0, -0.02],
    gain: 4,
    grip: -1,
    stages: [
      { when: farXY(0.06), to: toAim(0, 0, 0.3) },
      { when: farZ(0.04), to: toAim() },
      { to: toAim(0, -0.06, 0), gain: 50 },
    ],
  }),
});

export const drawerClose = defineTask({
  name: "drawer-close",
  scene,
  random,
  handStart,
  resetBox,
  objects: [{ position: bodyAt("drawer_link", [0, -0.16, 0.05]), turn: fixedTurn() }],
  reset: (arm, v) => {
    arm.placeBody("drawer", vec3(v));
    const target = add(vec3(v), [0, -0.16, 0.09]);
    arm.setJoints([-0.15]);
    arm.forward();
    arm.placeSite("goal", target);
    return { target, objectStart: add(arm.body("drawer_link"), [0, -0.16, 0.05]) };
  },
  reward: ({ arm, tcp, object, action, episode: { target, objectStart } }) => {
    const left = distance(object, target);
    const closed = progress(left, { radius: 0.05, start: distance(objectStart, target) });
    const away = distance(object, tcp);
    const near = progress(away, { radius: 0.005, start: distance(objectStart, arm.tcpStart), falloff: "gaussian" });
    const reached = both(near, closing(action[3] as number));
    const success = left <= 0.05 + 0.015;
    return {
      reward: 10 * (success ? 1 : both(reached, closed)),
      success,
      nearObject: away <= 0.01,
      graspSuccess: 1,
      graspReward: reached,
      inPlace: closed,
      objectToTarget: left,
    };
  },
  expert: script({
    aim: [0, 0, -0.02],
    gain: 25,
    grip: 1,
    stages: [
      { when: ({ hand, aim }) => hand[1] > aim[1] && hand[2] < aim[2] + 0.23, to: ({ hand, aim }) => [hand[0], hand[1], aim[2] + 0.5] },
      { when: ({ hand, aim }) => hand[1] > aim[1], to: toAim(0, -0.075, 0.23) },
      { when: farZ(0.04), to: toAim(0, -0.075, 0) },
      { to: toAim() },
    ],
  }),
});
