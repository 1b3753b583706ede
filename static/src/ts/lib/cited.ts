/** Scroll the marked words (or the cited passage) of `root` into the middle; false if there are none. */
export function showCited(root: Element): boolean {
  const passage = root.querySelector<HTMLElement>("[data-cited]");
  const place = passage?.querySelector("mark") ?? root.querySelector("mark") ?? passage;
  if (!place) return false;
  place.scrollIntoView({ block: "center", behavior: "instant" });
  return true;
}
