import { cloneElement, type ReactElement, type ReactNode, Suspense, useState } from "react";

export interface Opening {
  trigger: ReactElement;
  open: boolean;
  onOpenChange: (open: boolean) => void;
}

interface Props {
  trigger: ReactElement<{ onClick?: () => void }>;
  children: (opening: Opening) => ReactNode;
}

/** A box that loads beside what opens it; a click that comes before it opens it, too. */
export function Late({ trigger, children }: Props) {
  const [open, onOpenChange] = useState(false);
  return (
    <Suspense fallback={cloneElement(trigger, { onClick: () => onOpenChange(true) })}>
      {children({ trigger, open, onOpenChange })}
    </Suspense>
  );
}
