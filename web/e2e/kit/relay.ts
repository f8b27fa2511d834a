// A network that can fail: between page and server, or between server and database.
import { connect, createServer, type Server as Listener, type Socket } from "node:net";

/** A port that nobody uses at the moment. */
export async function freePort(): Promise<number> {
  const listener = createServer();
  await new Promise<void>((done) => listener.listen(0, "127.0.0.1", done));
  const address = listener.address();
  await new Promise((done) => listener.close(done));
  if (!address || typeof address === "string") throw new Error("no address");
  return address.port;
}

export class Relay {
  private readonly pairs = new Set<[Socket, Socket]>();
  /** While it is down, whoever dials is hung up on. */
  down = false;

  private constructor(
    private readonly listener: Listener,
    readonly port: number,
  ) {}

  /** `target` may be known later than the port. */
  static async start(target: () => number): Promise<Relay> {
    let relay: Relay | undefined;
    const listener = createServer((near) => {
      if (!relay || relay.down) near.destroy();
      else relay.join(near, connect(target(), "127.0.0.1"));
    });
    await new Promise<void>((done) => listener.listen(0, "127.0.0.1", done));
    const address = listener.address();
    if (!address || typeof address === "string") throw new Error("no address");
    relay = new Relay(listener, address.port);
    return relay;
  }

  get open(): number {
    return this.pairs.size;
  }

  /** Hangs up on those connections that are picked; all without a choice. */
  cut(picks: () => boolean = () => true): void {
    for (const [near, far] of this.pairs) {
      if (!picks()) continue;
      near.destroy();
      far.destroy();
    }
  }

  stop(): void {
    this.down = true;
    this.cut();
    this.listener.close();
  }

  private join(near: Socket, far: Socket): void {
    const pair: [Socket, Socket] = [near, far];
    this.pairs.add(pair);
    for (const one of pair) {
      one.on("error", () => {});
      one.on("close", () => {
        this.pairs.delete(pair);
        near.destroy();
        far.destroy();
      });
    }
    near.pipe(far);
    far.pipe(near);
  }
}

/** Numbers from 0 to 1 that a seed decides (mulberry32). */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
