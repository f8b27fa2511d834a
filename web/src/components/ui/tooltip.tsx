import { Tooltip } from "radix-ui";
import type { ReactElement, ReactNode } from "react";

interface Props {
  text: string;
  keys?: string;
  /** Lines below the first. */
  more?: ReactNode;
  children: ReactElement;
}

export const TipProvider = Tooltip.Provider;

export function Tip({ text, keys, more, children }: Props) {
  return (
    <Tooltip.Root>
      <Tooltip.Trigger asChild>{children}</Tooltip.Trigger>
      <Tooltip.Portal>
        <Tooltip.Content
          className={`tip ${more ? "tall" : ""}`}
          sideOffset={6}
          collisionPadding={8}
        >
          <span>{text}</span>
          {keys && <kbd>{keys}</kbd>}
          {more}
        </Tooltip.Content>
      </Tooltip.Portal>
    </Tooltip.Root>
  );
}
