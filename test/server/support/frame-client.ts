/** A client of HTTP/2 that is written and read frame by frame, and never closes its connection by itself. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { onTestFinished } from "vitest";
import type { Door } from "../../../src/server/listen.ts";
import { type Frame, framesFrom, GOAWAY, headers, opening, PING, ping } from "../../support/h2-frames.ts";

/** A whole request, on the first stream. */
export const GET = headers(
  1,
  [
    [":method", "GET"],
    [":scheme", "http"],
    [":authority", "localhost"],
    [":path", "/"],
  ],
  true,
);

export class FrameClient {
  readonly #socket: Socket;
  readonly #frames: AsyncGenerator<Frame, void>;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.#frames = framesFrom(socket);
  }

  /** `window`: how many bytes the server may send on each stream. */
  static async open({ address }: Door, window?: number): Promise<FrameClient> {
    const socket = connect({ port: address.port, host: address.host, allowHalfOpen: true });
    onTestFinished(() => void socket.destroy());
    socket.on("error", () => {});
    await once(socket, "connect");
    const client = new FrameClient(socket);
    client.send(opening(window));
    return client;
  }

  send(...frames: readonly Buffer[]): void {
    this.#socket.write(Buffer.concat(frames));
  }

  /** The next frame of that type. Throws where the connection ends before. */
  async next(type: number): Promise<Frame> {
    for (;;) {
      const { value } = await this.#frames.next();
      if (!value) throw new Error("the connection has ended");
      if (value.type === type) return value;
    }
  }

  /** The last stream that the server will serve, as its next GOAWAY says. */
  async lastStream(): Promise<number> {
    return (await this.next(GOAWAY)).payload.readUInt32BE(0);
  }

  /** Everything sent before has been read; gives the types of the frames that came until then. */
  async settled(): Promise<number[]> {
    this.send(ping());
    const types: number[] = [];
    while (types.at(-1) !== PING) {
      const { value } = await this.#frames.next();
      if (!value) throw new Error("the connection has ended");
      types.push(value.type);
    }
    return types;
  }

  /** Reads until the server has closed its side, or reset the connection. */
  async ended(): Promise<void> {
    try {
      while (!(await this.#frames.next()).done);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ECONNRESET") throw error;
    }
  }
}
