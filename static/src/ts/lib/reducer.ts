import type { RunEvent } from "../protocol";

export type Phase = "waiting" | "writing" | "ended";

/** What the page knows of one run. `blocks` holds server HTML by index, `tail` the unfinished text. */
export interface RunState {
  readonly seq: number;
  readonly attempt: number;
  readonly phase: Phase;
  readonly stage: string;
  readonly blocks: readonly string[];
  readonly tail: string;
  readonly citations: ReadonlyMap<number, { title: string; place: string }>;
  /** Something was missed: the stored fragment has to be fetched. */
  readonly isBehind: boolean;
}

const ATTEMPT = 1_000_000;

export const blank: RunState = {
  seq: 0,
  attempt: 0,
  phase: "waiting",
  stage: "",
  blocks: [],
  tail: "",
  citations: new Map(),
  isBehind: false,
};

/** The next state. Pure: what was seen before is ignored, what is missing is marked, never guessed. */
export function reduce(state: RunState, event: RunEvent): RunState {
  if (event.seq <= state.seq) return state;
  const attempt = Math.floor(event.seq / ATTEMPT);
  const isNewAttempt = attempt !== state.attempt;
  if (!isNewAttempt && event.seq !== state.seq + 1) {
    return { ...state, seq: event.seq, isBehind: true };
  }
  const base = isNewAttempt
    ? { ...blank, stage: state.stage, isBehind: state.isBehind, attempt, seq: event.seq }
    : { ...state, seq: event.seq };
  return apply(base, event);
}

function apply(state: RunState, event: RunEvent): RunState {
  switch (event.type) {
    case "run.started":
      return { ...blank, seq: state.seq, attempt: state.attempt, stage: state.stage };
    case "stage.changed":
      return { ...state, stage: event.text };
    case "text.delta":
      return { ...state, phase: "writing", tail: state.tail + event.text };
    case "block.rendered": {
      const blocks = state.blocks.slice();
      blocks[event.index] = event.html;
      return { ...state, phase: "writing", blocks, tail: event.tail };
    }
    case "citation.added": {
      const citations = new Map(state.citations);
      citations.set(event.number, { title: event.title, place: event.place });
      return { ...state, citations };
    }
    case "run.completed":
    case "run.failed":
    case "run.cancelled":
      return { ...state, phase: "ended" };
    default:
      return assertNever(event);
  }
}

function assertNever(event: never): never {
  throw new Error(`Unknown event ${JSON.stringify(event)}`);
}
