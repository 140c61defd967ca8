import { useMemo, useState } from "react";

import { nameOf, type Route } from "../model/call";
import known from "../model/routes.json";
import { Controls } from "./Controls";
import { RouteCard } from "./RouteCard";
import { useCalls } from "./useCalls";

const ROUTES: readonly Route[] = known;

/** The whole page. */
export function App() {
  const [running, setRunning] = useState(false);
  const [rate, setRate] = useState(10);
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const chosen = useMemo(() => ROUTES.filter((route) => !left.has(nameOf(route))), [left]);
  const calls = useCalls(chosen, rate, running);

  const toggle = (route: Route) => {
    const name = nameOf(route);
    const next = new Set(left);
    if (!next.delete(name)) next.add(name);
    setLeft(next);
  };

  return (
    <>
      <header>
        <h1>Who answers?</h1>
        <p>
          Requests from this browser, through the gateway, into the mesh: which version answers each
          route, how fast, how well, and when a circuit breaker refuses.
        </p>
      </header>
      <main>
        <Controls
          calls={calls.all}
          rate={rate}
          running={running}
          onRate={setRate}
          onRun={() => setRunning(!running)}
          onReset={calls.reset}
        />
        {ROUTES.map((route) => (
          <RouteCard
            key={nameOf(route)}
            route={route}
            calls={calls.of(route)}
            included={chosen.includes(route)}
            onToggle={() => toggle(route)}
            onSend={() => calls.call(route)}
          />
        ))}
      </main>
    </>
  );
}
