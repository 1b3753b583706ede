/** 52428800 → "50 MB", as Django's filesizeformat says it beside the field. */
export function bytes(count: number): string {
  if (count < 1024) return `${count} bytes`;
  const units = ["KB", "MB", "GB"];
  let value = count / 1024;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${value >= 10 ? Math.round(value) : Math.round(value * 10) / 10} ${units[unit] ?? ""}`;
}

export function number(count: number): string {
  return count.toLocaleString("en");
}

/** Fill an element's named slots with text; markup never comes in this way. */
export function fillSlots(root: ParentNode, texts: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(texts)) {
    const slot = root.querySelector(`[data-slot="${name}"]`);
    if (slot) slot.textContent = text;
  }
}
