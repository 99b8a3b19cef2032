import { open, rename, stat } from "node:fs/promises";

const CHUNK_BYTES = 64 * 1024;
const KEPT_LINES = 12;
const LISTENING = 23016;
/** Severities of mongod's log that tell why it died: fatal, error, warning. */
const TELLING = new Set(["F", "E", "W"]);

interface LogLine {
  readonly s?: string;
  readonly id?: number;
  readonly msg?: string;
  readonly attr?: unknown;
}

/** Follows what one run of mongod writes to its log file, from the end that the file has now. */
export class MongodLog {
  readonly path: string;
  #offset: number;
  #rest = "";
  readonly #telling: string[] = [];
  readonly #last: string[] = [];
  #listening = false;

  private constructor(path: string, offset: number) {
    this.path = path;
    this.#offset = offset;
  }

  static async follow(path: string): Promise<MongodLog> {
    return new MongodLog(path, await sizeOf(path));
  }

  /** True once mongod takes connections. Only the log tells so for sure: at the port someone else may answer. */
  async isListening(): Promise<boolean> {
    await this.#read();
    return this.#listening;
  }

  /** The lines that best explain an early end: warnings and errors where there are any, else the last ones. */
  async explanation(): Promise<readonly string[]> {
    await this.#read();
    return this.#telling.length > 0 ? this.#telling : this.#last;
  }

  async #read(): Promise<void> {
    const text = this.#rest + (await this.#readNew());
    const lines = text.split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) this.#take(line);
  }

  async #readNew(): Promise<string> {
    if ((await sizeOf(this.path)) <= this.#offset) return "";
    const file = await open(this.path);
    const chunks: Buffer[] = [];
    try {
      for (;;) {
        const { bytesRead, buffer } = await file.read(
          Buffer.alloc(CHUNK_BYTES),
          0,
          CHUNK_BYTES,
          this.#offset,
        );
        if (bytesRead === 0) return Buffer.concat(chunks).toString();
        this.#offset += bytesRead;
        chunks.push(buffer.subarray(0, bytesRead));
      }
    } finally {
      await file.close();
    }
  }

  #take(line: string): void {
    const entry = parse(line);
    if (entry?.id === LISTENING) this.#listening = true;
    const words = entry
      ? `${entry.msg} ${entry.attr === undefined ? "" : JSON.stringify(entry.attr)}`.trim()
      : line;
    keep(this.#last, words);
    if (!entry || TELLING.has(entry.s ?? "")) keep(this.#telling, words);
  }
}

/** Puts a log that has grown beyond `limitBytes` aside as `<path>.1`, over an older one. True where it did. */
export async function rotateLog(path: string, limitBytes: number): Promise<boolean> {
  if ((await sizeOf(path)) <= limitBytes) return false;
  await rename(path, `${path}.1`);
  return true;
}

function keep(lines: string[], line: string): void {
  lines.push(line);
  if (lines.length > KEPT_LINES) lines.shift();
}

function parse(line: string): LogLine | undefined {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

async function sizeOf(path: string): Promise<number> {
  const stats = await stat(path).catch(() => undefined);
  return stats?.size ?? 0;
}
