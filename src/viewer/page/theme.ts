/** Colours of the scene; those of the page are in its style sheet under the same names. */
export interface Theme {
  readonly background: number;
  readonly exposure: number;
  /** Brightness of the ground, whose own colour is made for a bright room. */
  readonly ground: number;
  readonly goal: number;
  readonly hiddenGoal: number;
  readonly trail: number;
}

export const themes: Readonly<Record<"light" | "dark", Theme>> = {
  light: { background: 0xe9edf2, exposure: 1.0, ground: 1, goal: 0x009e73, hiddenGoal: 0x7a5195, trail: 0x0072b2 },
  dark: { background: 0x171b21, exposure: 0.85, ground: 0.16, goal: 0x2fd6a3, hiddenGoal: 0xc79be0, trail: 0x56b4e9 },
};

export type ThemeName = keyof typeof themes;
