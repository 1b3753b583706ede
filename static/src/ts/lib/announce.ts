/** Say one sentence to screen readers, without moving the focus. */
export function announce(text: string): void {
  const region = document.getElementById("announcer");
  if (region === null) return;
  region.textContent = "";
  // The same sentence twice is only read again when the region was empty in between.
  setTimeout(() => {
    region.textContent = text;
  }, 50);
}
