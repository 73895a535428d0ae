import { farXY, farZ, script, toAim, toGoal } from "../policy.js";
import { geomAt, geomTurn } from "../probes.js";
import { aboveFloor, both, effortOf, funnel, tolerance } from "../reward.js";
import { defineTask } from "../task-spec.js";
import { type Vec3, add, distance, distanceXY, f32, norm, sub, vec3 } from "../vec.js";

const scene = "sawyer_xyz/sawyer_door_pull.xml";
const random = "the door on the table";
const resetBox = { low: [0, 0.85, 0.15], high: [0.1, 0.95, 0.15] };
const objects = [{ position: geomAt("handle"), turn: geomTurn("handle") }];

const funnelRadius = 0.12;
/** Where the hand should be, seen from the middle of the handle: between handle and door. */
const behindHandle: Vec3 = [0.05, 0.03, -0.01];

export const doorOpen = defineTask({
  name: "door-open",
  scene,
  random,
  handStart: [0, 0.6, 0.2],
  resetBox,
  goalBox: { low: [-0.3, 0.4, 0.1499], high: [-0.2, 0.5, 0.1501] },
  objects,
  reset: (arm, v) => {
    const objectStart = vec3(v);
    const target = add(objectStart, [-0.3, -0.45, 0]);
    arm.placeBody("door", objectStart);
    arm.placeSite("goal", target);
    arm.setJoints([0], { still: true });
    arm.forward();
    return { target, objectStart };
  },
  reward: ({ arm, hand, object, action, episode: { target } }) => {
    const theta = arm.simulation.qpos[9] as number;
    const grab = effortOf(action[3] as number);
    const handle = add(object, [-0.05, 0, 0]);
    const floor = funnel(distanceXY(hand, handle), { threshold: funnelRadius, slope: 0.04, height: 0.4 });
    const inPlace = tolerance(norm(sub(sub(hand, handle), behindHandle)), { to: funnelRadius / 2, margin: 0.5 });
    const ready = both(aboveFloor(hand[2], floor), inPlace);
    const angleLeft = Math.PI / 2 + Math.PI / 6 + theta;
    const opened = 0.2 * Number(theta < -Math.PI / 90) + 0.8 * tolerance(angleLeft, { to: 0.5, margin: Math.PI / 3 });
    const success = Math.abs(object[0] - target[0]) <= 0.08;
    return {
      reward: success ? 10 : 2 * both(ready, grab) + 8 * opened,
      success,
      nearObject: ready,
      graspSuccess: grab >= 0.5,
      graspReward: grab,
      inPlace: opened,
      objectToTarget: 0,
    };
  },
  expert: script({
    aim: [-0.05, 0, 0],
    gain: 25,
    grip: 1,
    stages: [
      { when: farXY(0.12), to: toAim(0.06, 0.02, 0.2) },
      { when: farZ(0.04), to: toAim(0.06, 0.02, 0) },
      { to: toAim() },
    ],
  }),
});

export const doorClose = defineTask({
  name: "door-close",
  scene,
  random,
  handStart: f32(-0.5, 0.6, 0.2),
  resetBox,
  goalBox: { low: [0.2, 0.65, 0.1499], high: [0.3, 0.75, 0.1501] },
  objects,
  reset: (arm, v) => {
    const objectStart = vec3(v);
    const target = add(objectStart, [0.2, -0.2, 0]);
    arm.placeBody("door", objectStart);
    arm.placeSite("goal", target);
    arm.setJoints([-1.5708], { still: true });
    arm.forward();
    return { target, objectStart };
  },
  reward: ({ arm, tcp, object, episode: { target, objectStart } }) => {
    const left = distance(object, target);
    const closed = tolerance(left, { to: 0.05, margin: distance(objectStart, target), falloff: "gaussian" });
    const inPlace = tolerance(distance(tcp, target), {
      to: 0.25 * 0.05,
      margin: distance(arm.handStart, object) + 0.1,
      falloff: "gaussian",
    });
    return {
      reward: left < 0.05 ? 10 : 3 * inPlace + 6 * closed,
      success: left <= 0.08,
      nearObject: 0,
      graspSuccess: 1,
      graspReward: 1,
      inPlace,
      objectToTarget: left,
    };
  },
  expert: script({
    aim: [0.05, 0.12, 0.1],
    gain: 25,
    grip: 1,
    stages: [
      { when: ({ hand, aim }) => hand[0] > aim[0] && hand[2] < aim[2] + 0.2, to: ({ hand, aim }) => [hand[0], hand[1], aim[2] + 0.25] },
      { when: ({ hand, aim }) => hand[0] > aim[0], to: ({ hand, aim }) => [aim[0] - 0.02, aim[1], hand[2]] },
      { when: farZ(0.04), to: toAim(-0.02, 0, 0) },
      { to: toGoal() },
    ],
  }),
});
