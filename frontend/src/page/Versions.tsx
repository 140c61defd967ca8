import { duration, percent } from "../model/format";
import type { VersionSummary } from "../model/statistics";

/** How the answers are shared out among versions; nothing where no answer named one. */
export function Versions({ versions }: { readonly versions: readonly VersionSummary[] }) {
  if (versions.length === 0) return null;
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">Answered by</th>
          <th scope="col">Share of answers</th>
          <th scope="col">Answers</th>
          <th scope="col">p50</th>
          <th scope="col">p95</th>
        </tr>
      </thead>
      <tbody>
        {versions.map(({ version, share, calls, p50, p95 }, index) => (
          <tr key={version} data-version={version}>
            <th scope="row">{version}</th>
            <td className="share">
              <div>
                <meter className={`series-${index % 4}`} value={share} aria-hidden="true" />
                <span>{percent(share)}</span>
              </div>
            </td>
            <td>{calls}</td>
            <td>{duration(p50)}</td>
            <td>{duration(p95)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
