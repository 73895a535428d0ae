import { farXY, script, toAim } from "../policy.js";
import { pressing } from "../pressing.js";
import { bodyAt, bodyTurn } from "../probes.js";
import { type Episode, defineTask } from "../task-spec.js";
import { f32, vec3 } from "../vec.js";

const random = "the button's box on the table";
const handStart = f32(0, 0.4, 0.2);

interface ButtonEpisode extends Episode {
  /** How far the button goes in. */
  readonly travel: number;
}

export const buttonPress = defineTask<ButtonEpisode>({
  name: "button-press",
  scene: "sawyer_xyz/sawyer_button_press.xml",
  random,
  handStart,
  resetBox: { low: [-0.1, 0.85, 0.115], high: [0.1, 0.9, 0.115] },
  objects: [{ position: bodyAt("button", [0, -0.193, 0]), turn: bodyTurn("button") }],
  reset: (arm, v) => {
    arm.placeBody("box", vec3(v));
    arm.setJoints([0], { still: true });
    arm.forward();
    const target = arm.site("hole");
    return { target, objectStart: vec3(v), travel: Math.abs(target[1] - arm.site("buttonStart")[1]) };
  },
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

export const buttonPressTopdown = defineTask<ButtonEpisode>({
  name: "button-press-topdown",
  scene: "sawyer_xyz/sawyer_button_press_topdown.xml",
  random,
  handStart,
  resetBox: { low: [-0.1, 0.8, 0.115], high: [0.1, 0.9, 0.115] },
  objects: [{ position: bodyAt("button", [0, 0, 0.193]), turn: bodyTurn("button") }],
  reset: (arm, v) => {
    arm.placeBody("box", vec3(v));
    arm.forward();
    const target = arm.site("hole");
    return { target, objectStart: vec3(v), travel: Math.abs(target[2] - arm.site("buttonStart")[2]) };
  },
  reward: (situation) => {
    const { object, opening, episode } = situation;
    const left = Math.abs(episode.target[2] - object[2]);
    const grip = 1 - opening;
    return pressing(situation, { left, travel: episode.travel, grip, near: 0.01, approachWeight: 5, pressReach: 0.03, pressWeight: 5, successWithin: 0.024 });
  },
  expert: script({ gain: 25, grip: 1, stages: [{ when: farXY(0.04), to: toAim(0, 0, 0.1) }, { to: toAim() }] }),
});
