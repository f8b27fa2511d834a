import type { HealthCheck } from "@/api/generated/types";
import { Glyph } from "@/components/ui/glyph";
import { checkName } from "./words";

interface Props {
  checks: HealthCheck[];
  /** What the table is about, for those who can't see it. */
  label: string;
}

/** What was tried, what was found, and what to do about what fails. */
export function Checks({ checks, label }: Props) {
  return (
    <table className="tbl health" aria-label={label}>
      <tbody>
        {checks.map((check) => (
          <tr key={check.name}>
            <td>
              <Glyph name={check.ok ? "check" : "warn"} className={check.ok ? "q" : "warn"} />
              <span className="vh">{check.ok ? "Works: " : "Missing: "}</span>
              <b>{checkName(check.name)}</b>
            </td>
            <td className="m">
              {check.detail}
              {!check.ok && check.remedy && <p className="remedy">{check.remedy}</p>}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
