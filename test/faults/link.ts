/** A TCP link that can be hurt: it stands in front of one port and can treat each source that connects its own way. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

export type LinkState =
  | { readonly kind: "open" }
  /** Every byte arrives this much later, in milliseconds, each way. */
  | { readonly kind: "slow"; readonly delayMs: number }
  /** What is sent arrives, and the answers do not. */
  | { readonly kind: "deaf" }
  /** Connections stay, and nothing arrives: as if packets were lost. */
  | { readonly kind: "stalled" }
  /** Connections are reset, and so are new ones. */
  | { readonly kind: "cut" };

/** Takes a hurt back. What was under way arrives late, or is lost with its connection. */
export type Heal = (underWay: "arrives" | "is lost") => void;

/** Tells who connects from the first bytes that arrive. */
export type SourceOf = (first: Buffer) => string;

const OPEN: LinkState = { kind: "open" };
const SEVERITY: readonly LinkState["kind"][] = ["open", "slow", "deaf", "stalled", "cut"];
const severityOf = ({ kind }: LinkState) => SEVERITY.indexOf(kind);

const EVERYBODY = "everybody";
const MAX_QUEUED_BYTES = 1 << 20;

export class Link {
  readonly #server: Server;
  readonly #targetPort: number;
  readonly #sourceOf: SourceOf;
  /** What hurts each source at present; the worst of it shows. */
  readonly #hurts = new Map<string, Set<LinkState>>();
  readonly #connections = new Set<Connection>();

  private constructor(server: Server, targetPort: number, sourceOf: SourceOf) {
    this.#server = server;
    this.#targetPort = targetPort;
    this.#sourceOf = sourceOf;
    server.on("connection", (socket) => this.#accept(socket));
  }

  /** Listens on a free port of the loopback address and leads to another one. */
  static async open(targetPort: number, sourceOf: SourceOf = () => EVERYBODY): Promise<Link> {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    return new Link(server, targetPort, sourceOf);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Takes effect at once, also on connections that are open and on what is under way in them. */
  hurt(state: LinkState, source = EVERYBODY): Heal {
    const hurts = this.#hurts.get(source) ?? new Set();
    this.#hurts.set(source, hurts);
    const own = { ...state };
    hurts.add(own);
    this.#show(source);
    return (underWay) => {
      hurts.delete(own);
      if (underWay === "is lost") for (const connection of this.#of(source)) connection.reset();
      this.#show(source);
    };
  }

  #show(source: string): void {
    const state = this.#stateOf(source);
    for (const connection of this.#of(source)) connection.adopt(state);
  }

  #of(source: string): Connection[] {
    return [...this.#connections].filter((connection) => connection.source === source);
  }

  #stateOf(source: string): LinkState {
    const hurts = this.#hurts.get(source) ?? [];
    return [...hurts].reduce((worst, state) => (severityOf(state) > severityOf(worst) ? state : worst), OPEN);
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return;
    for (const connection of this.#connections) connection.reset();
    this.#server.close();
    await once(this.#server, "close");
  }

  #accept(client: Socket): void {
    const connection = new Connection(client, this.#targetPort);
    this.#connections.add(connection);
    connection.onClosed = () => this.#connections.delete(connection);
    client.once("data", (first: Buffer) => {
      connection.source = this.#sourceOf(first);
      connection.adopt(this.#stateOf(connection.source));
    });
  }
}

class Connection {
  /** Undefined until the first bytes have told. */
  source: string | undefined;
  onClosed: () => void = () => {};
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #there: Direction;
  readonly #back: Direction;

  constructor(client: Socket, targetPort: number) {
    this.#client = client;
    this.#server = connect({ host: "127.0.0.1", port: targetPort });
    this.#there = new Direction(client, this.#server);
    this.#back = new Direction(this.#server, client);
    for (const socket of [client, this.#server]) {
      socket.setNoDelay(true);
      socket.on("error", () => this.#fail());
      socket.on("close", () => this.#closed());
    }
  }

  adopt(state: LinkState): void {
    if (state.kind === "cut") {
      this.reset();
      return;
    }
    const delayMs = state.kind === "slow" ? state.delayMs : 0;
    this.#there.adopt({ flows: state.kind !== "stalled", delayMs });
    this.#back.adopt({ flows: state.kind !== "stalled" && state.kind !== "deaf", delayMs });
  }

  reset(): void {
    this.#client.resetAndDestroy();
    this.#server.resetAndDestroy();
  }

  /** A peer that breaks off is noticed by the other one only where packets arrive. */
  #fail(): void {
    this.#there.end();
    this.#back.end();
  }

  #closed(): void {
    this.#fail();
    if (this.#client.destroyed && this.#server.destroyed) this.onClosed();
  }
}

/** One way of a connection. Nothing flows until a state has been adopted. */
class Direction {
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #queue: { readonly due: number; readonly bytes: Buffer }[] = [];
  #queuedBytes = 0;
  #flows = false;
  #delayMs = 0;
  #ended = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(from: Socket, to: Socket) {
    this.#from = from;
    this.#to = to;
    from.on("data", (bytes: Buffer) => this.#take(bytes));
    from.on("end", () => this.end());
    to.on("drain", () => this.#pump());
    to.on("close", () => clearTimeout(this.#timer));
  }

  adopt({ flows, delayMs }: { readonly flows: boolean; readonly delayMs: number }): void {
    this.#flows = flows;
    this.#delayMs = delayMs;
    this.#pump();
  }

  /** The other side learns of it once everything before has arrived. */
  end(): void {
    this.#ended = true;
    this.#pump();
  }

  #take(bytes: Buffer): void {
    this.#queue.push({ due: performance.now() + this.#delayMs, bytes });
    this.#queuedBytes += bytes.length;
    if (this.#queuedBytes > MAX_QUEUED_BYTES) this.#from.pause();
    this.#pump();
  }

  #pump(): void {
    clearTimeout(this.#timer);
    if (!this.#flows || this.#to.destroyed) return;
    while (this.#queue[0] && !this.#to.writableNeedDrain) {
      const wait = this.#queue[0].due - performance.now();
      if (wait > 0) {
        this.#timer = setTimeout(() => this.#pump(), Math.ceil(wait));
        return;
      }
      this.#send();
    }
    if (this.#ended && this.#queue.length === 0) this.#to.end();
  }

  #send(): void {
    const next = this.#queue.shift();
    if (!next) return;
    this.#queuedBytes -= next.bytes.length;
    this.#to.write(next.bytes);
    if (this.#queuedBytes <= MAX_QUEUED_BYTES) this.#from.resume();
  }
}
