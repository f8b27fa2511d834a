// Copies text. On an address without HTTPS a browser offers no clipboard to a page.

/** Puts it into the clipboard; fails where the browser refuses. */
export async function copyText(text: string): Promise<void> {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  if (!copyByHand(text)) throw new Error("The browser refused.");
}

/** As a person would: by selecting it. */
function copyByHand(text: string): boolean {
  const active = document.activeElement;
  const field = document.createElement("textarea");
  field.value = text;
  field.readOnly = true;
  field.className = "vh";
  // A dialog or menu takes the focus back from whatever is outside of it.
  (active?.closest("[role=dialog], [role=alertdialog], [role=menu]") ?? document.body).append(
    field,
  );
  field.focus({ preventScroll: true });
  field.select();
  let copied = false;
  try {
    copied = document.execCommand("copy");
  } catch {
    // The same as a refusal.
  }
  field.remove();
  if (active instanceof HTMLElement) active.focus();
  return copied;
}
