/** One operation of the gateway. */
export interface Route {
  readonly method: string;
  readonly path: string;
}

/**
 * How a call ended: `answered` with a status below 400; `refused` without reaching a pod, because a
 * circuit breaker is open; `failed` in any other way.
 */
export type Outcome = "answered" | "failed" | "refused";

/** One finished call. Times are in milliseconds; `status` is 0 where no answer came at all. */
export interface Call {
  readonly id: number;
  readonly start: number;
  readonly milliseconds: number;
  readonly status: number;
  readonly outcome: Outcome;
  readonly versions: readonly string[];
  readonly blamed: readonly string[];
}

/** The route's name, which is its name in the mesh's metrics too. */
export function nameOf(route: Route): string {
  return `${route.method} ${route.path}`;
}
