import { UserError, oneOf } from "../util/index.js";
import type { Overrides } from "./schema.js";

/** How a policy is evaluated. An episode counts as a success if the task is done at any step of it. */
export interface Protocol {
  readonly about: string;
  readonly source: string;
  /** Episodes of each task, each with a goal of its own. */
  readonly episodes: number;
  /** Steps after which an episode ends. */
  readonly maxSteps: number;
  /** Whether the first success ends an episode; if not, its return is that of all steps. */
  readonly stopAtSuccess: boolean;
}

const table = {
  "meta-world": {
    about: "as Meta-World publishes success: 50 goals a task, one episode each, all 500 steps, success at any of them; the prompt trajectory stands for the ten episodes of adaptation of its ML benchmarks",
    source: "Meta-World (arXiv 1910.10897) and the evaluation helpers of metaworld 3.1.1",
    episodes: 50, maxSteps: 500, stopAtSuccess: false,
  },
  quick: {
    about: "10 goals a task, one episode each, which ends at its first success or after 300 steps",
    source: "ours: the first study's budget",
    episodes: 10, maxSteps: 300, stopAtSuccess: true,
  },
} satisfies Record<string, Protocol>;

export type ProtocolName = keyof typeof table;

/** The names of all protocols. */
export const protocolNames = Object.keys(table) as [ProtocolName, ...ProtocolName[]];

const numberNames = ["episodes", "maxSteps", "stopAtSuccess"] as const;
type Numbers = Pick<Protocol, (typeof numberNames)[number]>;

/**
 * A protocol by name.
 *
 * @throws UserError with the nearest match and the legal set
 */
export function protocolNamed(name: string): Protocol & { readonly name: ProtocolName } {
  const known = oneOf(name, protocolNames, { what: "protocol" });
  return { name: known, ...table[known] };
}

/** What a protocol sets, as fields of `evaluate`. */
export function protocolFields(name: string): Numbers & { readonly protocol: ProtocolName } {
  const { name: protocol, episodes, maxSteps, stopAtSuccess } = protocolNamed(name);
  return { protocol, episodes, maxSteps, stopAtSuccess };
}

/** The name that results carry: the protocol's, with whatever was set otherwise: "quick (episodes=2)". */
export function protocolLabel(evaluate: Numbers & { readonly protocol: ProtocolName }): string {
  const own = table[evaluate.protocol];
  const changed = numberNames.filter((field) => evaluate[field] !== own[field]).map((field) => `${field}=${String(evaluate[field])}`);
  return changed.length === 0 ? evaluate.protocol : `${evaluate.protocol} (${changed.join(" ")})`;
}

/** Overrides with the numbers of the protocol that they name beneath them. @throws UserError for an unknown protocol */
export function withProtocol(overrides: Overrides): Overrides {
  const evaluate = overrides["evaluate"];
  if (typeof evaluate !== "object" || evaluate === null || !("protocol" in evaluate)) return overrides;
  const { protocol } = evaluate;
  if (typeof protocol !== "string") throw new UserError(`Cannot use configuration: field "evaluate.protocol" must be one of ${protocolNames.join(", ")}, got ${JSON.stringify(protocol)}.`);
  return { ...overrides, evaluate: { ...protocolFields(protocol), ...evaluate } };
}
