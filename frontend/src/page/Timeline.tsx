import type { Call } from "../model/call";
import { counted, duration } from "../model/format";
import { count } from "../model/statistics";

const SHOWN = 120;
const [BAR, GAP, HEIGHT, LOWEST] = [6, 1.5, 48, 4];
/** The latency whose bar is as high as the chart: bars grow with the logarithm. */
const FULL_MILLISECONDS = 5000;

/** The newest calls from left to right: a bar's height is its latency, its colour the outcome. */
export function Timeline({ calls }: { readonly calls: readonly Call[] }) {
  const shown = calls.slice(-SHOWN);
  const caption =
    `The last ${counted(shown.length, "call")}: ${count(shown, "answered")} answered, ` +
    `${count(shown, "failed")} failed, ${count(shown, "refused")} refused`;
  return (
    <figure>
      <svg
        className="timeline"
        aria-hidden="true"
        viewBox={`0 0 ${SHOWN * (BAR + GAP)} ${HEIGHT}`}
        preserveAspectRatio="none"
      >
        {shown.map((call, index) => (
          <Bar key={call.id} call={call} index={index} />
        ))}
      </svg>
      <figcaption>{caption}.</figcaption>
    </figure>
  );
}

function Bar({ call, index }: { readonly call: Call; readonly index: number }) {
  const height = heightOf(call.milliseconds);
  return (
    <rect
      className={call.outcome}
      x={index * (BAR + GAP)}
      y={HEIGHT - height}
      width={BAR}
      height={height}
    >
      <title>{`${call.status || "no answer"} in ${duration(call.milliseconds)}`}</title>
    </rect>
  );
}

function heightOf(milliseconds: number): number {
  const part = Math.log1p(milliseconds) / Math.log1p(FULL_MILLISECONDS);
  return Math.max(LOWEST, Math.min(1, part) * HEIGHT);
}
