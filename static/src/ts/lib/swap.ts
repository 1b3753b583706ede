/* eslint no-restricted-properties: "off" -- this is the one file that the rule sends writers to */
// The only place that writes HTML into the page, and only HTML that our own server rendered.

/** Told to the document after each swap, so that hypermedia attributes in it come alive. */
export const SWAPPED = "quire:swapped";

function parse(html: string): DocumentFragment {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content;
}

function announce(nodes: readonly Node[]): void {
  for (const node of nodes) {
    if (node instanceof Element) {
      node.dispatchEvent(new CustomEvent(SWAPPED, { bubbles: true }));
    }
  }
}

/** Put `html` in place of `target`; return its first element. */
export function replace(target: Element, html: string): Element | null {
  const fragment = parse(html);
  const nodes = [...fragment.childNodes];
  const first = fragment.firstElementChild;
  target.replaceWith(fragment);
  announce(nodes);
  return first;
}

/** Put `html` inside `target` in place of what is there. */
export function fill(target: Element, html: string): void {
  const fragment = parse(html);
  const nodes = [...fragment.childNodes];
  target.replaceChildren(fragment);
  announce(nodes);
}

/** Put `html` before `reference` inside `parent` (null: at the end); return the new nodes. */
export function insert(parent: Element, html: string, reference: Node | null = null): ChildNode[] {
  const fragment = parse(html);
  const nodes = [...fragment.childNodes];
  parent.insertBefore(fragment, reference);
  announce(nodes);
  return nodes;
}

/** Take one element out of a whole page, as a string that `replace` accepts. */
export function pick(html: string, selector: string): string | null {
  return parse(html).querySelector(selector)?.outerHTML ?? null;
}

/** Take the elements with these ids out of a page, those that are there: it is parsed once for all of them. */
export function pickAll(html: string, ids: readonly string[]): Map<string, string> {
  const page = parse(html);
  const found = ids.map((id) => [id, page.getElementById(id)?.outerHTML] as const);
  return new Map(found.filter((one): one is [string, string] => one[1] !== undefined));
}
