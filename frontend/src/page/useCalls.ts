import { useCallback, useEffect, useRef, useState } from "react";

import { nameOf, type Call, type Route } from "../model/call";
import { send } from "../model/send";

/** What the page remembers of each route; older calls are forgotten. */
const KEPT = 1000;
/** A gateway that hangs must not be buried under waiting requests. */
const IN_FLIGHT_LIMIT = 100;

/** The finished calls by the route's name, and what sends more of them. */
export interface Calls {
  readonly of: (route: Route) => readonly Call[];
  readonly all: readonly Call[];
  readonly call: (route: Route) => void;
  readonly reset: () => void;
}

/**
 * Send requests to the routes in turn while `running`, `rate` of them a second in all.
 */
export function useCalls(routes: readonly Route[], rate: number, running: boolean): Calls {
  const [finished, setFinished] = useState<Record<string, readonly Call[]>>({});
  const inFlight = useRef(0);
  const turn = useRef(0);
  const round = useRef(0);

  const call = useCallback((route: Route) => {
    if (inFlight.current >= IN_FLIGHT_LIMIT) return;
    inFlight.current += 1;
    const started = round.current;
    void send(route).then((done) => {
      inFlight.current -= 1;
      // An answer to a call from before a reset would be counted without its fellows.
      if (started !== round.current) return;
      const name = nameOf(route);
      setFinished((before) => ({ ...before, [name]: [...(before[name] ?? []), done].slice(-KEPT) }));
    });
  }, []);

  useEffect(() => {
    if (!running || routes.length === 0) return;
    const timer = setInterval(() => {
      const route = routes[turn.current++ % routes.length];
      if (route !== undefined) call(route);
    }, 1000 / rate);
    return () => clearInterval(timer);
  }, [routes, rate, running, call]);

  const reset = useCallback(() => {
    round.current += 1;
    setFinished({});
  }, []);

  return {
    of: (route) => finished[nameOf(route)] ?? [],
    all: Object.values(finished).flat(),
    call,
    reset,
  };
}
