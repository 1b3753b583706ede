import { insert } from "./swap";

interface Shown {
  html: string;
  nodes: ChildNode[];
}

/** A growing answer: finished blocks as the server rendered them, after them the unfinished text. */
export class Blocks {
  private readonly shown: Shown[] = [];
  private readonly tail: HTMLParagraphElement;

  constructor(private readonly root: Element) {
    this.tail = document.createElement("p");
    this.tail.className = "exchange__tail";
    root.replaceChildren(this.tail);
  }

  show(blocks: readonly string[], tail: string): void {
    for (const gone of this.shown.splice(blocks.length)) remove(gone);
    // A sparse array has holes where a block has not come yet.
    for (let index = 0; index < blocks.length; index += 1) {
      const html = blocks[index] ?? "";
      const known = this.shown[index];
      if (known?.html === html) continue;
      if (known) remove(known);
      this.shown[index] = { html, nodes: insert(this.root, html, this.after(index)) };
    }
    if (this.tail.textContent !== tail) this.tail.textContent = tail;
    this.tail.hidden = tail.trim() === "";
  }

  private after(index: number): ChildNode {
    for (const later of this.shown.slice(index + 1)) {
      const first = later.nodes[0];
      if (first) return first;
    }
    return this.tail;
  }
}

function remove(shown: Shown): void {
  for (const node of shown.nodes) node.remove();
}
