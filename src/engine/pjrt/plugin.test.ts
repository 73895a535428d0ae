import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { addressOf, functionAt } from "./native.js";
import { checkVersion, PjrtApi } from "./api.js";
import { compileOptions } from "./compile-options.js";
import { findPlugin, openClient } from "./plugin.js";
import { headerVersion, versionOffsets } from "./offsets.js";
import { devices, pickDevice } from "../device.js";

let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), "plugin-"))));
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

describe("a plug-in that cannot be used", () => {
  test("is missing", async () => {
    vi.stubEnv("LLMDPD_XLA_PLUGIN", join(folder, "none.so"));
    await expect(openClient("cpu")).rejects.toThrow(/Cannot find an XLA plug-in at ".*none\.so": LLMDPD_XLA_PLUGIN must name/);
    const { device, reason } = await pickDevice();
    expect(device).not.toMatch(/^xla/);
    expect(reason).toMatch(/not xla:cuda: Cannot find an XLA plug-in/);
    const rows = await devices();
    expect(rows.find((row) => row.picked)?.device).toBe(device);
    expect(rows.find((row) => row.device === "xla:cpu")).toMatchObject({ works: false, picked: false, get: expect.stringContaining("npm run setup") as string });
  });
  test("is not a library", async () => {
    const path = join(folder, "text.so");
    await writeFile(path, "not a library");
    vi.stubEnv("LLMDPD_XLA_PLUGIN", path);
    await expect(openClient("cpu")).rejects.toThrow(/Cannot load the XLA plug-in ".*text\.so": .*LLMDPD_XLA_PLUGIN.*, or use another device/);
  });
  test("is a library without the API", async () => {
    vi.stubEnv("LLMDPD_XLA_PLUGIN", process.execPath);
    await expect(openClient("cpu")).rejects.toThrow(/Cannot load the XLA plug-in/);
  });
  test("was fetched but has an unknown checksum", async () => {
    vi.stubEnv("LLMDPD_DATA", folder);
    const { mkdir } = await import("node:fs/promises");
    await mkdir(join(folder, "cache", "xla-cpu"), { recursive: true });
    await writeFile(join(folder, "cache", "xla-cpu", "libpjrt_cpu.so"), "changed");
    for (let i = 0; i < 2; i++) await expect(findPlugin("cpu")).rejects.toThrow(/Cannot trust the XLA plug-in .* its checksum [0-9a-f]{64} is not a known one/);
  });
  test("lies in an active environment but is not a known one: it is told, and the processor is taken", async () => {
    const { mkdir } = await import("node:fs/promises");
    const site = join(folder, "lib", "python3.12", "site-packages", "jax_plugins", "xla_cuda13");
    await mkdir(site, { recursive: true });
    await writeFile(join(site, "xla_cuda_plugin.so"), "foreign");
    vi.stubEnv("VIRTUAL_ENV", folder);
    vi.stubEnv("LLMDPD_XLA_PLUGIN", undefined);
    const row = (await devices()).find(({ device }) => device === "xla:cuda");
    expect(row).toMatchObject({ works: false, picked: false, get: "npx --no llmdpd setup cuda" });
    expect(row?.reason).toMatch(/Cannot trust the XLA plug-in ".*xla_cuda_plugin\.so": its checksum [0-9a-f]{64} is not a known one\. Name the file in LLMDPD_XLA_PLUGIN/);
    const { device, reason } = await pickDevice();
    expect(device).toBe("xla:cpu");
    expect(reason).toMatch(/^the fastest that works: .*; not xla:cuda: Cannot trust/);
  });
  test("is a graphics processor's that the user named: only that device is refused, with what NVIDIA's driver must be", async () => {
    const path = join(folder, "xla_cuda_plugin.so");
    await writeFile(path, "not a library");
    vi.stubEnv("LLMDPD_XLA_PLUGIN", path);
    expect(await pickDevice()).toMatchObject({ device: "xla:cpu", reason: expect.stringMatching(/not xla:cuda: Cannot load the XLA plug-in .* NVIDIA's driver: .*; CUDA 13 needs 580 or newer, CUDA 12 525 or newer\. Correct or unset LLMDPD_XLA_PLUGIN/) as string });
    await expect(openClient("cuda")).rejects.toThrow("Cannot load the XLA plug-in");
    await expect(openClient("rocm")).rejects.toThrow("Cannot find an XLA plug-in for rocm");
  });
  test("has another major version: both versions are named", () => {
    const table = new Int32Array(new ArrayBuffer(64));
    table[versionOffsets.major / 4] = 7;
    table[versionOffsets.minor / 4] = 3;
    expect(() => new PjrtApi(addressOf(table), "future.so")).toThrow(`required PJRT C API major version ${headerVersion.major} (this package knows ${headerVersion.major}.${headerVersion.minor}), got 7.3`);
    expect(() => checkVersion({ major: headerVersion.major, minor: 999 }, "newer.so")).not.toThrow();
    expect([...table].filter((word) => word !== 0)).toEqual([7, 3]);
  });
});

describe("errors of the plug-in", () => {
  test("are read, destroyed and thrown, and the client stays usable", async () => {
    const client = await openClient("cpu");
    expect(() => client.compile("module @broken { nonsense }")).toThrow(/Cannot run PJRT_Client_Compile: .+/);
    const buffer = client.upload({ shape: [2], dtype: "float32", data: Float32Array.from([1, 2]) });
    expect([...(await client.download(buffer, { shape: [2], dtype: "float32" })).data]).toEqual([1, 2]);
    const buffers = BigUint64Array.of(buffer);
    client.destroy(buffers);
    client.destroy(buffers);
    expect([...buffers]).toEqual([0n]);
    expect(typeof functionAt).toBe("function");
  });
});

test("compile options: one replica, one partition, overrides by name", () => {
  expect([...compileOptions({})]).toEqual([0x1a, 4, 0x20, 1, 0x28, 1]);
  const bytes = Buffer.from(compileOptions({ xla_cpu_enable_fast_math: true, xla_backend_optimization_level: 300 }));
  expect(bytes.subarray(6).toString("latin1")).toBe("\x3a\x1e\x0a\x18xla_cpu_enable_fast_math\x12\x02\x10\x01\x3a\x25\x0a\x1exla_backend_optimization_level\x12\x03\x18\xac\x02");
});
