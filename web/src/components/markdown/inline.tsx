import type { Token, Tokens } from "marked";
import { Fragment, type ReactNode } from "react";
import { decode, hostOf, looksLikeOtherHost, safeHref } from "@/lib/markdown";
import { visible } from "@/lib/plain";

function textOf(tokens: Token[] | undefined, fallback: string): string {
  return tokens?.map((token) => ("text" in token ? String(token.text) : "")).join("") ?? fallback;
}

function Anchor({ token, children }: { token: Tokens.Link; children: ReactNode }) {
  const href = safeHref(decode(token.href));
  if (href === null) return <>{children}</>;
  const host = hostOf(href);
  if (host === null)
    return (
      <a href={href} className="link">
        {children}
      </a>
    );
  const other = looksLikeOtherHost(textOf(token.tokens, token.text), host);
  return (
    <a
      href={href}
      className="link"
      target="_blank"
      rel="noopener noreferrer nofollow"
      title={`Leads to ${host}`}
    >
      {children}
      {other && <span className="link-host"> (leads to {host})</span>}
    </a>
  );
}

/** An image elsewhere is never loaded: its address could carry away what the model knows. */
function Picture({ token }: { token: Tokens.Image }) {
  const href = safeHref(decode(token.href));
  const host = href === null ? null : hostOf(href);
  const words = visible(token.text) || "image";
  if (href === null || host === null) return <span className="chip">{words}</span>;
  return (
    <a className="chip" href={href} target="_blank" rel="noopener noreferrer nofollow">
      {words} from {host}, open
    </a>
  );
}

function one(token: Token): ReactNode {
  switch (token.type) {
    case "strong":
      return (
        <strong>
          <Inline tokens={token.tokens} />
        </strong>
      );
    case "em":
      return (
        <em>
          <Inline tokens={token.tokens} />
        </em>
      );
    case "del":
      return (
        <del>
          <Inline tokens={token.tokens} />
        </del>
      );
    case "codespan":
      return <code>{visible(token.text)}</code>;
    case "br":
      return <br />;
    case "link":
      return (
        <Anchor token={token as Tokens.Link}>
          <Inline tokens={token.tokens} />
        </Anchor>
      );
    case "image":
      return <Picture token={token as Tokens.Image} />;
    case "checkbox":
      return null;
    case "html":
      return visible(token.raw);
    case "escape":
      return visible(token.text);
    case "text":
      return token.tokens ? <Inline tokens={token.tokens} /> : visible(decode(token.text));
    default:
      return visible(token.raw);
  }
}

export function Inline({ tokens }: { tokens: Token[] | undefined }) {
  return tokens?.map((token, at) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: pieces of a text have no other identity
    <Fragment key={at}>{one(token)}</Fragment>
  ));
}
