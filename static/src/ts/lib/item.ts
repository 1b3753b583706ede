import type { Picked } from "./folders";
import type { Sending } from "./send";

export type ItemState =
  | "waiting"
  | "sending"
  | "taken"
  | "version"
  | "same"
  | "refused"
  | "skipped"
  | "failed"
  | "cancelled";

export interface Item extends Picked {
  state: ItemState;
  percent: number;
  reason: string;
  tries: number;
  firstTryAt: number;
  transport: Transport;
}

export type Pause = "" | "offline" | "unreachable" | "slower" | "signed-out";
export type Transport = (picked: Picked, onProgress: (percent: number) => void) => Sending;

export function makeItem(picked: Picked, state: ItemState, transport: Transport = none): Item {
  const { file, path } = picked;
  return { file, path, state, transport, reason: "", percent: 0, tries: 0, firstTryAt: 0 };
}

/** Of a file that is not sent. */
function none(): never {
  throw new Error("This file is not to be sent.");
}

/** The answer to an earlier try was lost, and what the server found is what that try brought. */
export function isOwn(item: Item, seconds: number): boolean {
  return item.tries > 0 && seconds * 1000 <= Date.now() - item.firstTryAt;
}
