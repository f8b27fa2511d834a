import { Button } from "@/components/ui/button";

interface Props {
  /** On all pages. */
  count: number;
  size: number;
  page: number;
  onChange: (page: number) => void;
}

export function Pager({ count, size, page, onChange }: Props) {
  const last = Math.max(0, Math.ceil(count / size) - 1);
  const from = Math.min(page * size + 1, count);
  const to = Math.min((page + 1) * size, count);
  return (
    <div className="tools">
      <span className="q num">
        {from}–{to} of {count}
      </span>
      <span className="grow" />
      <Button size="small" disabled={page === 0} onClick={() => onChange(page - 1)}>
        Previous
      </Button>
      <Button size="small" disabled={page >= last} onClick={() => onChange(page + 1)}>
        Next
      </Button>
    </div>
  );
}
