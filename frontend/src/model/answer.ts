import type { Outcome } from "./call";

/** No timeout of a sensible catalogue is shorter, so a 504 in less time is no timeout. */
const AT_ONCE_MILLISECONDS = 100;
const VERSION = /\b([a-z][a-z0-9-]*) (v\d[\w.]*)/gi;
const BLAMED = /downstream server \[\w+:\/\/([^\]/:]+)[^\]]*\] returned error:/g;
// The lab's gateway turns a callee's answer without a body, which only a proxy gives, into this.
const EMPTY_ERROR = /returned error: *(,|$)/;

/** What an answer tells about who gave it and how it went. */
export interface Answer {
  readonly outcome: Outcome;
  readonly versions: readonly string[];
  readonly blamed: readonly string[];
}

/** Read an answer; `body` is its text, `milliseconds` the time it took. */
export function read(status: number, body: string, milliseconds: number): Answer {
  const outcome = outcomeOf(status, body, milliseconds);
  return {
    outcome,
    versions: outcome === "answered" ? versionsIn(payloadOf(body)) : [],
    blamed: [...new Set([...body.matchAll(BLAMED)].map((match) => match[1] ?? ""))],
  };
}

function outcomeOf(status: number, body: string, milliseconds: number): Outcome {
  if (status >= 200 && status < 400) return "answered";
  if (status === 503 || (status === 504 && milliseconds < AT_ONCE_MILLISECONDS)) return "refused";
  return EMPTY_ERROR.test(body.trimEnd()) ? "refused" : "failed";
}

function payloadOf(body: string): string {
  try {
    const parsed: unknown = JSON.parse(body);
    const payload = parsed !== null && typeof parsed === "object" && "payload" in parsed;
    return payload ? String(parsed.payload) : body;
  } catch {
    return body;
  }
}

function versionsIn(payload: string): string[] {
  const found = [...payload.matchAll(VERSION)].map((match) => `${match[1]} ${match[2]}`);
  return [...new Set(found)].sort();
}
