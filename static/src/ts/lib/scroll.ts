export function isReducedMotion(): boolean {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

export function scrollToEnd(isSmooth: boolean): void {
  const behavior = isSmooth && !isReducedMotion() ? "smooth" : "instant";
  window.scrollTo({ top: document.documentElement.scrollHeight, behavior });
}
