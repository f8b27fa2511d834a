import { type ComponentProps, lazy, Suspense } from "react";
import type { ShareDialog } from "./share-dialog";

// Few visits need it.
const Dialog = lazy(async () => ({ default: (await import("./share-dialog")).ShareDialog }));

/** The dialog of `share-dialog.tsx`, loaded when it is opened. */
export function Share(props: ComponentProps<typeof ShareDialog>) {
  return (
    <Suspense fallback={null}>
      <Dialog {...props} />
    </Suspense>
  );
}
