import type { ReactNode } from "react";

interface Props {
  title: string;
  /** One sentence. */
  about?: string;
  /** One button at the right end. */
  action?: ReactNode;
}

export function PageHead({ title, about, action }: Props) {
  return (
    <header className="page-head">
      <div className="grow">
        <h1>{title}</h1>
        {about && <p className="lede">{about}</p>}
      </div>
      {action}
    </header>
  );
}
