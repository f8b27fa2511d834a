import type { ReactNode } from "react";

interface Props {
  title: string;
  /** Beside the title. */
  note?: ReactNode;
  about?: ReactNode;
  children: ReactNode;
}

/** One part of a settings page. */
export function Section({ title, note, about, children }: Props) {
  return (
    <section className="part">
      <h2>
        {title} {note && <span className="part-note">{note}</span>}
      </h2>
      {about && <p className="part-about">{about}</p>}
      {children}
    </section>
  );
}
