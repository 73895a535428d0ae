import type { Arm } from "../arm.js";
import { farXY, farZ, script, toAim } from "../policy.js";
import { bodyTurn } from "../probes.js";
import { both, closing, progress } from "../reward.js";
import { type Episode, defineTask } from "../task-spec.js";
import { type Vec3, add, distance, f32, vec3 } from "../vec.js";

interface DialEpisode extends Episode {
  readonly pushStart: Vec3;
}

const dialRadius = 0.05;
/** From the dial's mark to where the fingers push. */
const pushPoint: Vec3 = [0.05, 0.02, 0.09];

/** The mark on the rim of the dial. */
function mark(arm: Arm): Vec3 {
  const angle = arm.simulation.qpos[9] as number;
  return add(arm.body("dial"), [Math.sin(angle) * dialRadius, -Math.cos(angle) * dialRadius, 0]);
}

export const dialTurn = defineTask<DialEpisode>({
  name: "dial-turn",
  scene: "sawyer_xyz/sawyer_dial.xml",
  random: "the dial on the table",
  handStart: f32(0, 0.6, 0.2),
  resetBox: { low: [-0.1, 0.7, 0], high: [0.1, 0.8, 0] },
  goalBox: { low: [-0.1, 0.73, 0.0299], high: [0.1, 0.83, 0.0301] },
  objects: [{ position: mark, turn: bodyTurn("dial") }],
  reset: (arm, v) => {
    const objectStart = vec3(v);
    const target = add(objectStart, [0, 0.03, 0.03]);
    arm.placeBody("dial", objectStart);
    arm.placeSite("goal", target);
    return { target, objectStart, pushStart: add(mark(arm), pushPoint) };
  },
  reward: ({ arm, tcp, action, episode: { target, pushStart } }) => {
    const now = mark(arm);
    const left = distance(now, target);
    const turned = progress(left, { radius: 0.07, start: distance(pushStart, target) });
    const away = distance(add(now, pushPoint), tcp);
    const near = progress(away, { radius: 0.005, start: distance(pushStart, arm.tcpStart), falloff: "gaussian" });
    const reached = both(near, closing(action[3] as number));
    return {
      reward: 10 * both(reached, turned),
      success: left <= 0.07,
      nearObject: away <= 0.01,
      graspSuccess: 1,
      graspReward: reached,
      inPlace: turned,
      objectToTarget: left,
    };
  },
  expert: script({
    aim: pushPoint,
    gain: 10,
    grip: 1,
    stages: [
      { when: farXY(0.02), to: ({ aim }) => [aim[0], aim[1], 0.2] },
      { when: farZ(0.02), to: toAim() },
      { to: toAim(-0.05, 0.005, 0) },
    ],
  }),
});
