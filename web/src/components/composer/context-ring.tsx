import { Tip } from "@/components/ui/tooltip";
import { tokens } from "@/lib/format";

interface Props {
  used: number;
  limit: number;
}

/** How full the model's context is. */
export function ContextRing({ used, limit }: Props) {
  const percent = Math.min(100, Math.round((used / limit) * 100));
  const words = `${tokens(used)} of ${tokens(limit)} tokens of context`;
  return (
    <Tip text={words}>
      <span className="context" role="img" aria-label={words}>
        <span className="ring" style={{ ["--p" as string]: percent }} />
        {percent}%
      </span>
    </Tip>
  );
}
