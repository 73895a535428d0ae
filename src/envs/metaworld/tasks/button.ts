import type { Arm } from "../arm.js";
import { type View, farXY, script, toAim } from "../policy.js";
import { buttonMeasures, pressing } from "../pressing.js";
import { bodyAt, bodyTurn } from "../probes.js";
import { both } from "../reward.js";
import { type Episode, type Outcome, type Situation, defineTask } from "../task-spec.js";
import { f32, vec3 } from "../vec.js";

const random = "the button's box on the table";
const handStart = f32(0, 0.4, 0.2);

interface ButtonEpisode extends Episode {
  /** How far the button goes in. */
  readonly travel: number;
}

const frontButton = [{ position: bodyAt("button", [0, -0.193, 0]), turn: bodyTurn("button") }];
const topButton = [{ position: bodyAt("button", [0, 0, 0.193]), turn: bodyTurn("button") }];

/** The box is put down and the button comes out of its front. */
function placeFront(arm: Arm, v: readonly number[]): ButtonEpisode {
  arm.placeBody("box", vec3(v));
  arm.setJoints([0], { still: true });
  arm.forward();
  const target = arm.site("hole");
  return { target, objectStart: vec3(v), travel: Math.abs(target[1] - arm.site("buttonStart")[1]) };
}

/** The box is put down and the button comes out of its top. */
function placeTop(arm: Arm, v: readonly number[]): ButtonEpisode {
  arm.placeBody("box", vec3(v));
  arm.forward();
  const target = arm.site("hole");
  return { target, objectStart: vec3(v), travel: Math.abs(target[2] - arm.site("buttonStart")[2]) };
}

export const buttonPress = defineTask<ButtonEpisode>({
  name: "button-press",
  scene: "sawyer_xyz/sawyer_button_press.xml",
  random,
  handStart,
  resetBox: { low: [-0.1, 0.85, 0.115], high: [0.1, 0.9, 0.115] },
  objects: frontButton,
  reset: placeFront,
  reward: (situation) => {
    const { object, opening, episode } = situation;
    const left = Math.abs(episode.target[1] - object[1]);
    const grip = Math.max(opening, 0);
    return pressing(situation, { left, travel: episode.travel, grip, near: 0.05, approachWeight: 2, pressReach: 0.05, pressWeight: 8, successWithin: 0.02 });
  },
  expert: script({
    aim: [0, 0, -0.07],
    gain: 25,
    grip: 0,
    stages: [
      {
        // numpy's isclose: 2 cm and a hundred-thousandth of the aim.
        when: ({ hand, aim }) => Math.abs(hand[0] - aim[0]) > 0.02 + 1e-5 * Math.abs(aim[0]) || Math.abs(hand[2] - aim[2]) > 0.02 + 1e-5 * Math.abs(aim[2]),
        to: ({ hand, aim }) => [aim[0], hand[1] - 0.1, aim[2]],
      },
      { to: toAim(0, 0.02, 0) },
    ],
  }),
});

/** The hand has not yet come over the wall to the button. */
const onTheWay = [
  ({ hand, aim }: View): boolean => Math.abs(hand[0] - aim[0]) > 0.02,
  ({ hand, aim }: View): boolean => aim[1] - hand[1] > 0.09,
  ({ hand, aim }: View): boolean => Math.abs(hand[2] - aim[2]) > 0.02,
] as const;

export const buttonPressWall = defineTask<ButtonEpisode>({
  name: "button-press-wall",
  scene: "sawyer_xyz/sawyer_button_press_wall.xml",
  random: `${random}, behind a wall, and a little its height`,
  handStart,
  resetBox: { low: [-0.05, 0.85, 0.1149], high: [0.05, 0.9, 0.1151] },
  objects: frontButton,
  reset: placeFront,
  reward: (situation) => {
    const { object, opening, episode } = situation;
    const left = Math.abs(episode.target[1] - object[1]);
    const { away, nearButton, pressed } = buttonMeasures(situation, { near: 0.01, left, travel: episode.travel });
    return {
      reward: away > 0.07 ? 2 * both((1 - opening) / 2, nearButton) : 2 + 2 * (1 + opening) + 4 * pressed ** 2,
      success: left <= 0.03,
      nearObject: away <= 0.05,
      graspSuccess: opening > 0,
      graspReward: nearButton,
      inPlace: pressed,
      objectToTarget: left,
    };
  },
  expert: script({
    aim: [0, 0, 0.04],
    gain: 15,
    grip: (view) => (onTheWay.some((when) => when(view)) ? 1 : -1),
    stages: [
      { when: onTheWay[0], to: ({ hand, aim }) => [aim[0], hand[1], 0.3] },
      { when: onTheWay[1], to: ({ aim }) => [aim[0], aim[1], 0.3] },
      { when: onTheWay[2], to: toAim(0, -0.05, 0) },
      { to: toAim(0, -0.02, 0) },
    ],
  }),
});

/** Reward for pressing from above; `grip` is the gripper's share. */
function pressingDown(situation: Situation<ButtonEpisode>, grip: number): Outcome {
  const { object, episode } = situation;
  const left = Math.abs(episode.target[2] - object[2]);
  return pressing(situation, { left, travel: episode.travel, grip, near: 0.01, approachWeight: 5, pressReach: 0.03, pressWeight: 5, successWithin: 0.024 });
}

const topdown = { random, handStart, resetBox: { low: [-0.1, 0.8, 0.115], high: [0.1, 0.9, 0.115] }, objects: topButton, reset: placeTop };

export const buttonPressTopdown = defineTask<ButtonEpisode>({
  ...topdown,
  name: "button-press-topdown",
  scene: "sawyer_xyz/sawyer_button_press_topdown.xml",
  reward: (situation) => pressingDown(situation, 1 - situation.opening),
  expert: script({ gain: 25, grip: 1, stages: [{ when: farXY(0.04), to: toAim(0, 0, 0.1) }, { to: toAim() }] }),
});

export const buttonPressTopdownWall = defineTask<ButtonEpisode>({
  ...topdown,
  name: "button-press-topdown-wall",
  scene: "sawyer_xyz/sawyer_button_press_topdown_wall.xml",
  random: `${random}, behind a wall`,
  reward: (situation) => pressingDown(situation, Math.max(situation.opening, 0)),
  expert: script({ aim: [0, -0.06, 0], gain: 25, grip: -1, stages: [{ when: farXY(0.04), to: toAim(0, 0, 0.1) }, { to: toAim() }] }),
});
