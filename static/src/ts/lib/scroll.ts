const UNDER_BAR_PX = 64;

function isReducedMotion(): boolean {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

/** Scroll to the end of the page, but never so far that `keep` leaves it at the top. */
export function scrollToEnd(isSmooth: boolean, keep: Element | null = null): void {
  const behavior = isSmooth && !isReducedMotion() ? "smooth" : "instant";
  const end = document.documentElement.scrollHeight;
  const place = keep ? keep.getBoundingClientRect().top + window.scrollY - UNDER_BAR_PX : end;
  window.scrollTo({ top: Math.min(end, place), behavior });
}
