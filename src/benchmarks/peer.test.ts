import { describe, expect, it } from "vitest";
import { parseCoreList } from "./cores.js";
import { Peer } from "./peer.js";

const script = `
  require("readline").createInterface({ input: process.stdin }).on("line", (line) => {
    const { do: what, n } = JSON.parse(line);
    if (what === "die") { console.error("out of luck"); process.exit(3); }
    if (what === "sleep") return;
    console.log("a library's chatter");
    console.log(JSON.stringify(what === "fail" ? { error: "no such thing" } : { double: 2 * n }));
  });`;
const start = (): Peer => new Peer("echo", [process.execPath, "-e", script]);

describe("Peer", () => {
  it("answers requests in order and passes on its errors", async () => {
    const peer = start();
    expect(await Promise.all([1, 2].map((n) => peer.request({ do: "double", n }, { timeoutMs: 20_000 })))).toEqual([{ double: 2 }, { double: 4 }]);
    await expect(peer.request({ do: "fail" }, { timeoutMs: 20_000 })).rejects.toThrow("echo: no such thing");
    peer.stop();
  });

  it("says why it ended, also to later requests", async () => {
    const peer = start();
    await expect(peer.request({ do: "die" }, { timeoutMs: 20_000 })).rejects.toThrow("echo ended with 3: out of luck");
    await expect(peer.request({ do: "double", n: 1 }, { timeoutMs: 20_000 })).rejects.toThrow("echo ended with 3");
    await expect(new Peer("nothing", ["/nowhere/program"]).request({ do: "double" }, { timeoutMs: 20_000 })).rejects.toThrow("ENOENT");
  });

  it("is stopped when it takes too long", async () => {
    await expect(start().request({ do: "sleep" }, { timeoutMs: 50 })).rejects.toThrow('echo gave no answer to "sleep"');
  });
});

describe("parseCoreList", () => {
  it("reads ranges and single numbers", () => {
    expect(parseCoreList("0-2,5")).toEqual([0, 1, 2, 5]);
    expect(parseCoreList("")).toEqual([]);
  });
});
