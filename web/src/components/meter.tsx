interface Props {
  /** 0 to 100. */
  percent: number;
  /** What is measured, in words. */
  label: string;
  tone?: string;
}

export function Meter({ percent, label, tone = "" }: Props) {
  return (
    <span
      className={`meter ${tone}`}
      role="meter"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={percent}
      aria-valuetext={label}
    >
      <i style={{ width: `${percent}%` }} />
    </span>
  );
}
