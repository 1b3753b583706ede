const STEP_PX = 32;
const LEAST_PX = 352;
const KEY = "quire.panel";

/** The width of the panel at the page's end: dragged, moved by arrow keys, remembered in this browser. */
export class Width {
  constructor(
    private readonly panel: HTMLElement,
    private readonly grip: HTMLElement,
  ) {
    grip.setAttribute("aria-valuemin", String(LEAST_PX));
    grip.setAttribute("aria-valuenow", String(Math.round(innerWidth * 0.4)));
    const kept = Number(localStorage.getItem(KEY));
    if (kept >= LEAST_PX) this.set(kept);
  }

  grab(event: PointerEvent): void {
    event.preventDefault();
    this.grip.setPointerCapture(event.pointerId);
    const move = (next: PointerEvent): void => {
      this.set(this.isRightToLeft ? next.clientX : innerWidth - next.clientX);
    };
    this.grip.addEventListener("pointermove", move);
    this.grip.addEventListener(
      "lostpointercapture",
      () => {
        this.grip.removeEventListener("pointermove", move);
        this.keep();
      },
      { once: true },
    );
  }

  nudge(event: KeyboardEvent): void {
    const towardsPage = this.isRightToLeft ? "ArrowRight" : "ArrowLeft";
    const away = this.isRightToLeft ? "ArrowLeft" : "ArrowRight";
    if (event.key !== towardsPage && event.key !== away) return;
    event.preventDefault();
    this.set(this.panel.offsetWidth + (event.key === towardsPage ? STEP_PX : -STEP_PX));
    this.keep();
  }

  private get isRightToLeft(): boolean {
    return document.documentElement.dir === "rtl";
  }

  private set(pixels: number): void {
    const most = Math.max(LEAST_PX, innerWidth * 0.6);
    const width = Math.round(Math.min(most, Math.max(LEAST_PX, pixels)));
    document.documentElement.style.setProperty("--panel", `${width}px`);
    this.grip.setAttribute("aria-valuenow", String(width));
  }

  private keep(): void {
    localStorage.setItem(KEY, this.grip.getAttribute("aria-valuenow") ?? "");
  }
}
