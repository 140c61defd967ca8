import type { Call } from "./call";

let id = 0;

/** An answered call for tests; `parts` replace what a test is about. */
export function sample(parts: Partial<Call> = {}): Call {
  return {
    id: ++id,
    start: 0,
    milliseconds: 10,
    status: 200,
    outcome: "answered",
    versions: [],
    blamed: [],
    ...parts,
  };
}
