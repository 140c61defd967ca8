import { useId } from "react";

import type { Call } from "../model/call";
import { counted, percent } from "../model/format";
import { count, summarize } from "../model/statistics";

const MOST_PER_SECOND = 50;

interface Props {
  readonly calls: readonly Call[];
  readonly rate: number;
  readonly running: boolean;
  readonly onRate: (rate: number) => void;
  readonly onRun: () => void;
  readonly onReset: () => void;
}

/** What starts and stops the load, and what all calls came to. */
export function Controls({ calls, rate, running, onRate, onRun, onReset }: Props) {
  const slider = useId();
  return (
    <section className="controls" aria-label="Load">
      <button type="button" className="run" aria-pressed={running} onClick={onRun}>
        {running ? "Stop" : "Start"}
      </button>
      <div className="rate">
        <label htmlFor={slider}>
          <strong>{rate}</strong> {rate === 1 ? "request" : "requests"} a second
        </label>
        <input
          id={slider}
          type="range"
          min={1}
          max={MOST_PER_SECOND}
          value={rate}
          onChange={(event) => onRate(Number(event.target.value))}
        />
      </div>
      <p className="total">
        {counted(calls.length, "call")}, {percent(summarize(calls).success)} answered,{" "}
        {count(calls, "failed")} failed, {count(calls, "refused")} refused
      </p>
      <button type="button" onClick={onReset} disabled={calls.length === 0}>
        Clear
      </button>
    </section>
  );
}
