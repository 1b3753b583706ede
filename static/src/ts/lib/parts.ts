// The parts of the library's page that are taken from the server anew, and what people did to them meanwhile.

import { getPage } from "./http";
import { pickAll, replace } from "./swap";

export const LIST = ["library", "library-summary", "library-states", "library-collections"];

/** Take these parts of the page at `url` in place of those that are here. Throws a Refusal. */
export async function renewParts(url: string, ids: readonly string[]): Promise<void> {
  const page = pickAll(await getPage(url), ids);
  keeping(() => {
    for (const [id, html] of page) {
      const current = document.getElementById(id);
      if (current) replace(current, html);
    }
  });
}

/** A row that the server no longer shows is gone; of the rest it always tells. */
export function put(id: string, html: string | undefined): void {
  const current = document.getElementById(id);
  if (current && html !== undefined) replace(current, html);
  else if (id.startsWith("document-")) current?.remove();
}

/** Do `swap`; then the rows that were ticked are ticked again, and the focus is where it was. */
export function keeping(swap: () => void): void {
  const focused = placeOf(document.activeElement);
  const ticked = new Set(boxes().flatMap((box) => (box.checked ? [box.value] : [])));
  swap();
  for (const box of boxes()) if (ticked.has(box.value)) box.checked = true;
  if (ticked.size > 0) document.body.dispatchEvent(new Event("change", { bubbles: true }));
  if (focused !== null && !document.activeElement?.closest("main")) focusAgain(focused);
}

function boxes(): HTMLInputElement[] {
  return [...document.querySelectorAll<HTMLInputElement>("[data-row] input[type=checkbox]")];
}

interface Place {
  /** The nearest part of the page that has a name. */
  part: string;
  name: string;
}

function placeOf(element: Element | null): Place | null {
  const name = element?.getAttribute("data-keep");
  const part = element?.parentElement?.closest("[id]")?.id;
  return name && part ? { part, name } : null;
}

/** What had the focus may be gone, as the button is that was pressed: then what stands beside it, or the list, has it. */
function focusAgain({ part, name }: Place): void {
  const place = document.getElementById(part);
  const next =
    place?.querySelector<HTMLElement>(`[data-keep="${name}"]`) ??
    place?.querySelector<HTMLElement>("a[data-keep], button[data-keep]") ??
    document.getElementById("library");
  next?.focus({ preventScroll: true });
}
