import { createHash, randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from "node:fs";
import { type IncomingMessage, type Server, type ServerResponse, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { downloadFile } from "./download.js";

const content = randomBytes(300_000);
const checksum = createHash("sha256").update(content).digest("hex");

let folder = "";
let server: Server;
let requests: { url: string; range: string | undefined }[] = [];
/** Bytes after which the server cuts each of the coming connections; without a number it serves all. */
let cuts: number[] = [];
let etag = "one";
let ranges = true;
let serve = (_: IncomingMessage, response: ServerResponse): void => void response.end();

/** A server of one file that knows ranges and can break off. */
function file({ headers, url }: IncomingMessage, response: ServerResponse): void {
  const range = headers.range;
  requests.push({ url: url ?? "", range });
  const fits = headers["if-range"] === undefined || headers["if-range"] === etag;
  const start = ranges && fits ? Number(/bytes=(\d+)-/.exec(range ?? "")?.[1] ?? 0) : 0;
  const body = content.subarray(start);
  response.writeHead(start > 0 ? 206 : 200, { "content-length": body.length, etag, ...(start > 0 ? { "content-range": `bytes ${start}-${content.length - 1}/${content.length}` } : {}) });
  const cut = cuts.shift();
  if (cut === undefined) return void response.end(body);
  response.write(body.subarray(0, cut), () => void arrived(start + cut).then(() => response.destroy()));
}

/** Waits until so many bytes lie on the disk: what a broken connection still holds is lost. */
async function arrived(bytes: number): Promise<void> {
  const part = `${path()}.download`;
  if (bytes === 0) return;
  while (!existsSync(part) || statSync(part).size < bytes) await new Promise((resolve) => setTimeout(resolve, 2));
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "llmdpd-download-"));
  [requests, cuts, etag, ranges, serve] = [[], [], "one", true, file];
  server = createServer((request, response) => serve(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true });
});
const address = (name = "data"): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}/${name}`;
const path = (): string => join(folder, "new", "data");
const quick = { pauseMs: 1 };

describe("downloadFile", () => {
  it("fetches a file, tells its progress and its checksum, and leaves nothing beside it", async () => {
    const seen: number[] = [];
    expect(await downloadFile([address()], { path: path(), onProgress: ({ done, total }) => (expect(total).toBe(content.length), seen.push(done)) })).toEqual({ url: address(), bytes: content.length, sha256: checksum });
    expect(readFileSync(path()).equals(content)).toBe(true);
    expect(readdirSync(join(folder, "new"))).toEqual(["data"]);
    expect(seen.at(-1)).toBe(content.length);
    expect(seen).toEqual([...seen].sort((one, two) => one - two));
  });

  it("takes a broken connection up where it stopped", async () => {
    cuts = [100_000, 50_000, 1];
    await downloadFile([address()], { path: path(), ...quick });
    expect(readFileSync(path()).equals(content)).toBe(true);
    expect(requests.map(({ range }) => range)).toEqual([undefined, "bytes=100000-", "bytes=150000-", "bytes=150001-"]);
  });

  it("goes on with the part that an earlier call left, and asks the next address where the first gives up", async () => {
    cuts = [100_000, 0, 0];
    await expect(downloadFile([address()], { path: path(), attempts: 2, ...quick, advice: "Bring it by hand." })).rejects.toThrow(/^Cannot download "data": http.*: the connection broke\. Bring it by hand\.$/);
    expect(existsSync(path())).toBe(false);
    expect(statSync(`${path()}.download`).size).toBe(100_000);
    cuts = [];
    requests = [];
    await downloadFile([address()], { path: path(), ...quick });
    expect(requests.map(({ range }) => range)).toEqual(["bytes=100000-"]);
    expect(readFileSync(path()).equals(content)).toBe(true);
    serve = (request, response) => (request.url === "/gone" ? (response.writeHead(404), void response.end()) : file(request, response));
    expect((await downloadFile([address("gone"), address()], { path: path(), ...quick })).url).toBe(address());
  });

  it("starts anew where the file changed or the server knows no ranges", async () => {
    cuts = [100_000];
    serve = (request, response) => {
      file(request, response);
      etag = "two";
    };
    await downloadFile([address()], { path: path(), ...quick });
    expect(readFileSync(path()).equals(content)).toBe(true);
    rmSync(path());
    ranges = false;
    cuts = [200_000];
    await downloadFile([address()], { path: path(), ...quick });
    expect(readFileSync(path()).equals(content)).toBe(true);
  });

  it("does not keep a file of another checksum", async () => {
    await expect(downloadFile([address()], { path: path(), sha256: "0".repeat(64) })).rejects.toThrow(new RegExp(`its SHA-256 must be 0{64}, got ${checksum}`));
    expect(readdirSync(join(folder, "new"))).toEqual([]);
    expect((await downloadFile([address()], { path: path(), sha256: checksum })).bytes).toBe(content.length);
  });

  it("says why each address failed: refusals at once, silence after a while, no network", async () => {
    serve = (request, response) => (requests.push({ url: request.url ?? "", range: undefined }), response.writeHead(403), void response.end());
    await expect(downloadFile([address()], { path: path(), ...quick })).rejects.toThrow(/the server answered 403 Forbidden/);
    expect(requests).toHaveLength(1);
    serve = () => undefined;
    await expect(downloadFile([address()], { path: path(), attempts: 1, idleMs: 50 })).rejects.toThrow(/nothing came for 0\.05 s/);
    await expect(downloadFile(["http://127.0.0.1:9/x"], { path: path(), attempts: 1 })).rejects.toThrow(/127\.0\.0\.1:9\/x: .+/);
    await expect(downloadFile(["http://nowhere.invalid/x"], { path: path(), attempts: 1 })).rejects.toThrow(/nowhere\.invalid\/x: .*is there a network\?/);
    await expect(downloadFile([], { path: path() })).rejects.toThrow(/no address is known/);
  });
});
