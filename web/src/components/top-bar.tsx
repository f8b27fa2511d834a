import type { ReactNode } from "react";
import { useShell } from "@/lib/shell";
import { IconButton } from "./ui/button";

interface Props {
  title?: ReactNode;
  children?: ReactNode;
}

/** The 48 px line over the main column; on phones it opens the list. */
export function TopBar({ title, children }: Props) {
  const { setDrawer } = useShell();
  return (
    <header className={title ? "top" : "top bare"}>
      <IconButton
        glyph="menu"
        label="Show chats"
        className="phone-only"
        onClick={() => setDrawer(true)}
      />
      {title}
      <span className="grow" />
      {children}
    </header>
  );
}
