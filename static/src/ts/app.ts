// Every page: behaviour by Stimulus, fragments by htmx. Markup works before any of this arrives.

import { Application } from "@hotwired/stimulus";
import htmx from "htmx.org";
import { ClipboardController } from "./controllers/clipboard";
import { ConnectionController } from "./controllers/connection";
import { DropController } from "./controllers/drop";
import { FinderController } from "./controllers/finder";
import { LabelsController } from "./controllers/labels";
import { LeafController } from "./controllers/leaf";
import { LibraryController } from "./controllers/library";
import { ListingController } from "./controllers/listing";
import { MenuController } from "./controllers/menu";
import { QueueController } from "./controllers/queue";
import { SelectionController } from "./controllers/selection";
import { SidebarController } from "./controllers/sidebar";
import { ThemeController } from "./controllers/theme";
import { UploadController } from "./controllers/upload";
import { csrfToken } from "./lib/csrf";
import { stream } from "./lib/stream";
import { SWAPPED } from "./lib/swap";
import { share } from "./shared";

const application = Application.start();
application.register("clipboard", ClipboardController);
application.register("connection", ConnectionController);
application.register("drop", DropController);
application.register("finder", FinderController);
application.register("labels", LabelsController);
application.register("leaf", LeafController);
application.register("library", LibraryController);
application.register("listing", ListingController);
application.register("menu", MenuController);
application.register("queue", QueueController);
application.register("selection", SelectionController);
application.register("sidebar", SidebarController);
application.register("theme", ThemeController);
application.register("upload", UploadController);
share(application);

document.addEventListener("htmx:configRequest", (event) => {
  const { detail } = event as CustomEvent<{ headers: Record<string, string> }>;
  detail.headers["X-CSRFToken"] = csrfToken();
});
document.addEventListener(SWAPPED, (event) => {
  if (event.target instanceof HTMLElement) htmx.process(event.target);
});
window.addEventListener("online", () => {
  stream.wake();
});
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") stream.wake();
});
