import { type ReactNode, useEffect } from "react";

/** The pages before there is a session: one narrow column. */
export function AuthFrame({ title, about, children }: Props) {
  useEffect(() => {
    document.title = `${title} · Muster`;
  }, [title]);
  return (
    <main className="auth">
      <div className="auth-in">
        <span className="wordmark">Muster</span>
        <h1>{title}</h1>
        {about && <p className="lede">{about}</p>}
        {children}
      </div>
    </main>
  );
}

interface Props {
  title: string;
  about?: ReactNode;
  children?: ReactNode;
}
