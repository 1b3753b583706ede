// The server keeps only so much that nobody said had arrived: within half a second each run's newest number is said.

import type { ClientMessage } from "../protocol";

const ACK_MS = 500;

export class Acks {
  private readonly newest = new Map<string, number>();

  constructor(private readonly say: (message: ClientMessage) => void) {}

  note(run: string, seq: number): void {
    if (this.newest.size === 0) setTimeout(this.tell, ACK_MS);
    this.newest.set(run, seq);
  }

  private readonly tell = (): void => {
    for (const [run, seq] of this.newest) this.say({ type: "ack", run, seq });
    this.newest.clear();
  };
}
