import type { ReactNode } from "react";
import { ApiError, errorText } from "@/api/client";
import { Button } from "./button";
import { Glyph, type GlyphName } from "./glyph";

interface EmptyProps {
  title: string;
  children?: ReactNode;
  /** Whether it is all that the page says: its title is the page's then. */
  page?: boolean;
}

/** What is so, what fills it, at most one link. */
export function Empty({ title, children, page = false }: EmptyProps) {
  return (
    <div className="blank">
      {page ? <h1 className="blank-title">{title}</h1> : <p className="blank-title">{title}</p>}
      {children && <p>{children}</p>}
    </div>
  );
}

/** Still bars in the place of rows. */
export function Loading({ rows = 4, label = "Loading" }: { rows?: number; label?: string }) {
  const widths = ["62%", "84%", "71%", "46%", "78%", "58%"];
  return (
    <div className="loading" role="status">
      <span className="vh">{label}</span>
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: bars have no identity
        <span key={row} className="bar" style={{ width: widths[row % widths.length] }} />
      ))}
    </div>
  );
}

interface FailedProps {
  error: unknown;
  /** What could not be done: "Chats could not be loaded". */
  title: string;
  onRetry?: () => void;
}

/** A view that could not be loaded: its reason and its way out. */
export function Failed({ error, title, onRetry }: FailedProps) {
  const known = error instanceof ApiError ? error : undefined;
  if (known?.status === 403) {
    return <Empty title="You don’t have access">{errorText(error)}</Empty>;
  }
  if (known?.status === 404) return <Empty title="Not found">{errorText(error)}</Empty>;
  return (
    <div className="blank" role="alert">
      <p className="blank-title">
        <Glyph name="error" className="bad" /> {title}
      </p>
      <p>
        {errorText(error)}
        {known?.transient && " Trying again by itself."}
      </p>
      {known?.requestId && <p className="blank-id">Request {known.requestId}</p>}
      {onRetry && (
        <Button size="small" onClick={onRetry}>
          Try again
        </Button>
      )}
    </div>
  );
}

interface NoticeProps {
  tone?: "error" | "warning" | "ask" | "unknown" | "neutral";
  glyph: GlyphName;
  title: ReactNode;
  /** Beside the title at the right end. */
  note?: ReactNode;
  children?: ReactNode;
  actions?: ReactNode;
  /** It has been so for a while: nobody is interrupted by it. */
  quiet?: boolean;
  /** One action beside the text instead of below it. */
  row?: boolean;
}

const TONES = { error: "err", warning: "wrn", ask: "ask", unknown: "unk", neutral: "" } as const;

/** Leaves the text edge, takes the full column and gets a rule. */
export function Notice(props: NoticeProps) {
  const { tone = "neutral", glyph, title, note, children, actions, row, quiet } = props;
  return (
    <div
      className={`note ${TONES[tone]} ${row ? "row" : ""}`}
      role={tone === "error" && !quiet ? "alert" : undefined}
    >
      <Glyph name={glyph} />
      <div className="h">
        {title}
        {note && <span className="n">{note}</span>}
      </div>
      {children}
      {actions && <div className="acts">{actions}</div>}
    </div>
  );
}
