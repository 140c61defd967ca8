import type { Call } from "./call";

/** Whether a circuit breaker refuses calls now, and how often it has opened. */
export interface Breaker {
  readonly open: boolean;
  readonly opened: number;
  readonly refused: number;
  /** Milliseconds from the first refusal of the newest opening to its last; 0 where there was none. */
  readonly lasted: number;
}

/** Read the breaker's state off calls in the order in which they ended. */
export function breakerOf(calls: readonly Call[]): Breaker {
  let [open, opened, refused, since, until] = [false, 0, 0, 0, 0];
  for (const call of calls) {
    const end = call.start + call.milliseconds;
    if (call.outcome === "refused") {
      if (!open) [opened, since] = [opened + 1, end];
      [open, refused, until] = [true, refused + 1, end];
    } else {
      open = false;
    }
  }
  return { open, opened, refused, lasted: until - since };
}
