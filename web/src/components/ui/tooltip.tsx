import { Tooltip } from "radix-ui";
import type { ReactElement } from "react";

interface Props {
  text: string;
  keys?: string;
  children: ReactElement;
}

export const TipProvider = Tooltip.Provider;

export function Tip({ text, keys, children }: Props) {
  return (
    <Tooltip.Root>
      <Tooltip.Trigger asChild>{children}</Tooltip.Trigger>
      <Tooltip.Portal>
        <Tooltip.Content className="tip" sideOffset={6} collisionPadding={8}>
          {text}
          {keys && <kbd>{keys}</kbd>}
        </Tooltip.Content>
      </Tooltip.Portal>
    </Tooltip.Root>
  );
}
