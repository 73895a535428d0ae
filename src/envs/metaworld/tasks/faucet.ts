import { farXY, farZ, script, toAim } from "../policy.js";
import { bodyTurn, siteAt } from "../probes.js";
import { progress } from "../reward.js";
import { type Outcome, type Situation, defineTask } from "../task-spec.js";
import { type Vec3, add, distance, vec3 } from "../vec.js";

const scene = "sawyer_xyz/sawyer_faucet.xml";
const random = "the faucet on the table";
const handStart: Vec3 = [0, 0.4, 0.2];
const handLow: Vec3 = [-0.5, 0.4, -0.15];
const handleLength = 0.175;

/** `tip` is the point of the handle that counts. */
function turningReward({ arm, tcp, episode: { target, objectStart } }: Situation, tip: Vec3): Outcome {
  const left = distance(tip, target);
  const turned = progress(left, { radius: 0.07, start: distance(objectStart, target) });
  const away = distance(tip, tcp);
  const near = progress(away, { radius: 0.01, start: distance(objectStart, arm.tcpStart), falloff: "gaussian" });
  return {
    reward: left <= 0.07 ? 10 : 2 * (2 * near + 3 * turned),
    success: left <= 0.07,
    nearObject: away <= 0.01,
    graspSuccess: 1,
    graspReward: near,
    inPlace: turned,
    objectToTarget: left,
  };
}

export const faucetOpen = defineTask({
  name: "faucet-open",
  scene,
  random,
  handStart,
  handLow,
  resetBox: { low: [-0.05, 0.8, 0], high: [0.05, 0.85, 0] },
  objects: [{ position: siteAt("handleStartOpen", [0, 0, -0.01]), turn: bodyTurn("faucetBase") }],
  reset: (arm, v) => {
    const objectStart = vec3(v);
    const target = add(objectStart, [handleLength, 0, 0.125]);
    arm.placeBody("faucetBase", objectStart);
    arm.placeSite("goal_open", target);
    return { target, objectStart };
  },
  reward: (situation) => turningReward(situation, add(situation.object, [-0.04, 0, 0.03])),
  expert: script({
    aim: [-0.04, 0, 0.03],
    gain: 25,
    grip: 1,
    stages: [
      { when: farXY(0.04), to: toAim(0, 0, 0.1) },
      { when: farZ(0.04), to: toAim() },
      { to: toAim(0.1, 0.05, 0) },
    ],
  }),
});

export const faucetClose = defineTask({
  name: "faucet-close",
  scene,
  random,
  handStart,
  handLow,
  resetBox: { low: [-0.1, 0.8, 0], high: [0.1, 0.85, 0] },
  objects: [{ position: siteAt("handleStartClose", [0, 0, -0.01]), turn: bodyTurn("faucetBase") }],
  reset: (arm, v) => {
    const objectStart = vec3(v);
    const target = add(objectStart, [-handleLength, 0, 0.125]);
    arm.placeBody("faucetBase", objectStart);
    arm.forward();
    arm.placeSite("goal_close", target);
    return { target, objectStart };
  },
  reward: (situation) => turningReward(situation, situation.object),
  expert: script({
    aim: [0.04, 0, 0.03],
    gain: 25,
    grip: 1,
    stages: [
      { when: farXY(0.04), to: toAim(0, 0, 0.1) },
      { when: farZ(0.04), to: toAim() },
      { to: toAim(-0.1, 0.05, 0) },
    ],
  }),
});
