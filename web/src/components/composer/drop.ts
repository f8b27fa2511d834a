import { type RefObject, useEffect, useState } from "react";

function hasFiles(event: DragEvent): boolean {
  return event.dataTransfer?.types.includes("Files") ?? false;
}

/** Files may be dropped anywhere on the page that holds the composer; true while some hover. */
export function useDrop(
  inside: RefObject<HTMLElement | null>,
  onFiles: (files: FileList) => void,
): boolean {
  const [over, setOver] = useState(false);
  useEffect(() => {
    const page = inside.current?.closest("main") ?? inside.current;
    if (!page) return;
    // Entering a child comes before leaving its parent.
    let depth = 0;
    const enter = (event: DragEvent) => {
      if (!hasFiles(event)) return;
      depth += 1;
      setOver(true);
    };
    const leave = (event: DragEvent) => {
      if (!hasFiles(event)) return;
      depth = Math.max(0, depth - 1);
      if (depth === 0) setOver(false);
    };
    const hover = (event: DragEvent) => {
      if (hasFiles(event)) event.preventDefault();
    };
    const drop = (event: DragEvent) => {
      depth = 0;
      setOver(false);
      if (!hasFiles(event) || !event.dataTransfer) return;
      event.preventDefault();
      onFiles(event.dataTransfer.files);
    };
    page.addEventListener("dragenter", enter);
    page.addEventListener("dragleave", leave);
    page.addEventListener("dragover", hover);
    page.addEventListener("drop", drop);
    return () => {
      page.removeEventListener("dragenter", enter);
      page.removeEventListener("dragleave", leave);
      page.removeEventListener("dragover", hover);
      page.removeEventListener("drop", drop);
    };
  }, [inside, onFiles]);
  return over;
}
