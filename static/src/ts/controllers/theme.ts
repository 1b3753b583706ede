import { Controller } from "@hotwired/stimulus";
import type { ActionEvent } from "@hotwired/stimulus";
import { keepCookie, readCookie } from "../lib/cookies";

/** Light, dark, or as the system says. Kept in a cookie, so the server's first paint is already right. */
export class ThemeController extends Controller<HTMLElement> {
  static override targets = ["choice"];

  declare readonly choiceTargets: HTMLElement[];

  override connect(): void {
    this.element.hidden = false;
    this.reflect(readCookie("theme"));
  }

  choose(event: ActionEvent): void {
    const name = String(event.params["name"] ?? "");
    keepCookie("theme", name);
    if (name === "") delete document.documentElement.dataset["theme"];
    else document.documentElement.dataset["theme"] = name;
    this.reflect(name);
  }

  private reflect(name: string): void {
    for (const choice of this.choiceTargets) {
      const isChosen = (choice.dataset["themeNameParam"] ?? "") === name;
      choice.setAttribute("aria-pressed", String(isChosen));
    }
  }
}
