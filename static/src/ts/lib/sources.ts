/** What the page knows of a citation: its source in the finished answer, or what the stream said of it. */
export interface Cited {
  exchange: HTMLElement;
  number: number;
  /** The source's entry below a finished answer. */
  entry: HTMLElement | null;
  /** Address of the source's page; empty while the answer is written or when the source is gone. */
  url: string;
}

export function citedBy(anchor: Element): Cited | null {
  const exchange = anchor.closest<HTMLElement>(".exchange");
  const number = Number.parseInt(anchor.getAttribute("data-citation") ?? anchor.textContent, 10);
  if (!exchange || Number.isNaN(number)) return null;
  const entry = exchange.querySelector<HTMLElement>(`[data-source-number="${number}"]`);
  return { exchange, number, entry, url: urlOf(entry) };
}

export function urlOf(entry: Element | null): string {
  return entry?.querySelector("a[data-source-link]")?.getAttribute("href") ?? "";
}

/** Title and place of a citation whose answer is still being written. */
export function streamed(exchange: HTMLElement, number: number): string {
  const known = new Map(
    JSON.parse(exchange.dataset["citations"] ?? "[]") as [
      number,
      { title: string; place: string },
    ][],
  );
  const citation = known.get(number);
  if (!citation) return "";
  return [citation.title, citation.place].filter(Boolean).join(", ");
}
