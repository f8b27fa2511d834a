import { type ReactNode, useId } from "react";
import { serverNow } from "@/api/client";
import { Input, Select } from "@/components/ui/form";
import { daysOf, RANGES, type RangeSearch, stretchOf } from "./range";

const OWN = "own";

interface Props {
  search: RangeSearch;
  onChange: (search: RangeSearch) => void;
  /** Before the days. */
  children?: ReactNode;
}

/** Which days are meant. Kept in the address, so that a link shows the same. */
export function RangeBar({ search, onChange, children }: Props) {
  const id = useId();
  const own = search.from !== undefined && search.to !== undefined;
  const { from, to } = daysOf(stretchOf(search, serverNow()));
  const pick = (range: string) => onChange(range === OWN ? { from, to } : { range });
  return (
    <div className="tools range">
      {children}
      <Select
        aria-label="Days"
        value={own ? OWN : (search.range ?? "30d")}
        onChange={(event) => pick(event.target.value)}
      >
        {RANGES.map((range) => (
          <option key={range.id} value={range.id}>
            {range.name}
          </option>
        ))}
        <option value={OWN}>From … to …</option>
      </Select>
      {own && (
        <>
          <label htmlFor={`${id}-from`} className="vh">
            First day
          </label>
          <Input
            id={`${id}-from`}
            type="date"
            max={to}
            value={from}
            onChange={(event) => event.target.value && onChange({ from: event.target.value, to })}
          />
          <label htmlFor={`${id}-to`} className="vh">
            Last day
          </label>
          <Input
            id={`${id}-to`}
            type="date"
            min={from}
            value={to}
            onChange={(event) => event.target.value && onChange({ from, to: event.target.value })}
          />
        </>
      )}
    </div>
  );
}
