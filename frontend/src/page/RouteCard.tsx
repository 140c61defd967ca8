import { useId } from "react";

import { breakerOf } from "../model/breaker";
import { nameOf, type Call, type Route } from "../model/call";
import { counted, duration, percent } from "../model/format";
import { byVersion, summarize } from "../model/statistics";
import { Timeline } from "./Timeline";
import { Versions } from "./Versions";

interface Props {
  readonly route: Route;
  readonly calls: readonly Call[];
  readonly included: boolean;
  readonly onToggle: () => void;
  readonly onSend: () => void;
}

/** One route: its numbers, its newest calls, and who answered them. */
export function RouteCard({ route, calls, included, onToggle, onSend }: Props) {
  const heading = useId();
  const name = nameOf(route);
  const { success, p50, p95 } = summarize(calls);
  return (
    <section className="route" aria-labelledby={heading} data-route={name}>
      <div className="title">
        <input
          type="checkbox"
          checked={included}
          onChange={onToggle}
          aria-label={`Send requests to ${name}`}
        />
        <h2 id={heading}>
          <span className="method">{route.method}</span> {route.path}
        </h2>
        <button type="button" onClick={onSend} aria-label={`Send one ${name}`}>
          Send one
        </button>
      </div>
      <dl>
        <Fact name="Calls" value={String(calls.length)} />
        <Fact name="Success" value={percent(success)} />
        <Fact name="p50" value={duration(p50)} />
        <Fact name="p95" value={duration(p95)} />
        <Fact name="Circuit breaker" value={breakerText(calls)} />
        <Fact name="Last failure" value={failureText(calls)} />
      </dl>
      {calls.length > 0 && <Timeline calls={calls} />}
      <Versions versions={byVersion(calls)} />
    </section>
  );
}

function Fact({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function breakerText(calls: readonly Call[]): string {
  const { open, opened, refused, lasted } = breakerOf(calls);
  if (opened === 0) return "closed";
  const past = `${counted(refused, "call")} refused`;
  if (open) return `open for ${duration(lasted)}, ${past}`;
  return `closed; opened ${counted(opened, "time")}, ${past}`;
}

function failureText(calls: readonly Call[]): string {
  const last = calls.findLast((call) => call.outcome !== "answered");
  if (last === undefined) return "none";
  const status = last.status === 0 ? "no answer" : String(last.status);
  return [status, ...last.blamed].join(", ");
}
