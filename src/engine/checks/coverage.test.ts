import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { hostArray, messageOf } from "../../util/index.js";
import { compile } from "../compile.js";
import { jax, loadJax, type Value } from "../jax-js.js";
import { makeProgram } from "../program.js";
import type { Tensor } from "../tensor.js";
import { traceProgram } from "../trace.js";
import { testedDevices } from "../testing.js";
import { firstDifference, resultsOn } from "./compare.js";
import { coverage } from "./coverage.js";
import { primitivePrograms } from "./primitive-programs.js";
import { raw } from "./raw.js";

const rows = coverage();
const ofStatus = (status: string): string[] => rows.filter((row) => row.status === status).map(({ primitive }) => primitive);

describe("the table", () => {
  test("has every primitive that jax-js declares, once", () => {
    const declared = readFileSync(new URL("../../../node_modules/@jax-js/jax/dist/index.d.ts", import.meta.url), "utf8");
    const body = /declare enum Primitive \{([^}]*)\}/.exec(declared)?.[1] ?? "";
    const names = [...body.matchAll(/= "(\w+)"/g)].map((match) => match[1] as string);
    expect(names.length).toBeGreaterThan(40);
    expect(rows.map(({ primitive }) => primitive).sort()).toEqual(names.sort());
  });
  test("refuses only what may be refused, with advice", () => {
    expect(ofStatus("refused").sort()).toEqual(["argsort", "cholesky", "conv", "fft", "jacobi_eigh", "lu", "random_bits", "sort", "triangular_solve"]);
    for (const { why } of rows.filter(({ status }) => status === "refused")) expect(why).toMatch(/host|jax-js/);
  });
  test("names a program for all that is lowered", () => {
    expect(Object.keys(primitivePrograms).sort()).toEqual(ofStatus("lowered").sort());
    for (const { testedBy } of rows) expect(testedBy).not.toBe("");
  });
});

/** What a device itself cannot do. */
const refusals: Readonly<Record<string, string>> = {
  "onnx:cpu bit_count": 'Cannot write "popcount" of int32',
  "onnx:cpu bitcast": 'Cannot write "bitcast" of',
};

describe("what is lowered agrees with jax-js on every device", () => {
  test.each(Object.entries(primitivePrograms))("%s", async (primitive, { run, inputs }) => {
    await loadJax();
    const { equations } = traceProgram(makeProgram(((...args: Tensor[]) => [...run(...args)]), { examples: inputs, onOutput: () => undefined }));
    const used = equations.map((equation) => equation.primitive as string);
    // The body of a call stands in its place.
    expect(used).toContain(primitive === "jit" ? "mul" : primitive);
    const expected = await resultsOn(run, { inputs, device: "jax-js" });
    for (const device of testedDevices) {
      const outcome = await resultsOn(run, { inputs, device }).then((actual) => firstDifference(actual, { expected })?.text ?? "agrees", messageOf);
      expect(`${device}: ${outcome}`).toContain(`${device}: ${refusals[`${device} ${primitive}`] ?? "agrees"}`);
    }
  });
});

describe("what is refused is refused by name", () => {
  type Fn = (modules: { np: ReturnType<typeof jax>["numpy"]; lax: ReturnType<typeof jax>["lax"] }, x: Value) => Value | Value[];
  const eye = hostArray([2, 2], [2, 1, 1, 2]);
  const programs: Record<string, Fn> = {
    sort: ({ np }, x) => np.sort(x),
    argsort: ({ np }, x) => np.argsort(x),
    conv: ({ lax }, x) => lax.conv(x.ref.reshape([1, 1, 2, 2]), x.reshape([1, 1, 2, 2]), [1, 1], "VALID"),
    cholesky: ({ lax }, x) => lax.linalg.cholesky(x),
    triangular_solve: ({ lax }, x) => lax.linalg.triangularSolve(x.ref, x, { leftSide: true, lower: true }),
    lu: ({ lax }, x) => lax.linalg.lu(x)[0],
    jacobi_eigh: ({ np }, x) => np.linalg.eigh(x)[0],
    fft: ({ np }, x) => np.fft.fft({ real: x.ref.reshape([4]), imag: x.reshape([4]) }).real,
    random_bits: (_, x) => x.add(jax().random.uniform(jax().random.key(1), [2, 2])),
  };
  test("all of them have a program here", () => expect(Object.keys(programs).sort()).toEqual(ofStatus("refused").sort()));
  test.each(Object.entries(programs))("%s", async (name, fn) => {
    await expect(compile((x: Tensor) => raw([x], fn), [eye], { device: "xla:cpu" })).rejects.toThrow(`Cannot lower "${name}" to a compiled program`);
  });
});
