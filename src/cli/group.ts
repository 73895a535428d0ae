import type { Command } from "commander";

/** What a command that only holds others is for. */
const about: Readonly<Record<string, string>> = {
  data: "make and look at data sets",
  generate: "make a data set",
  parity: "compare with outside references",
  engine: "check the engine",
  setup: "install what a device needs",
  envs: "look at and check the environments",
};

/** The command of that name below another one, made where it is first asked for. */
export function group(parent: Command, name: string): Command {
  return parent.commands.find((command) => command.name() === name) ?? parent.command(name).description(about[name] as string);
}
