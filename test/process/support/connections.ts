/** Which process has the connections to a port, as Linux tells it. */
import { readdir, readFile, readlink } from "node:fs/promises";

const ESTABLISHED = "01";

/** The sockets of the server's side, by their inodes. */
async function socketsAt(port: number): Promise<Set<string | undefined>> {
  const [, ...lines] = (await readFile("/proc/net/tcp", "utf8")).trim().split("\n");
  const rows = lines.map((line) => line.trim().split(/\s+/));
  const open = rows.filter(
    ([, local, , state]) => state === ESTABLISHED && Number.parseInt(local?.split(":")[1] ?? "", 16) === port,
  );
  return new Set(open.map((row) => row[9]));
}

/** How many connections to the port of `url` a process has accepted. */
export async function countConnections(url: string, pid: number): Promise<number> {
  const sockets = await socketsAt(Number(new URL(url).port));
  const files = await readdir(`/proc/${pid}/fd`);
  // What is closed meanwhile is none.
  const links = await Promise.all(files.map((file) => readlink(`/proc/${pid}/fd/${file}`).catch(() => "")));
  return links.filter((link) => sockets.has(/^socket:\[(\d+)\]$/.exec(link)?.[1])).length;
}
