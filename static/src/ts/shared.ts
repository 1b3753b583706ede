// chat.js is loaded after app.js and uses what is already there instead of a second copy: the build
// turns its imports of these modules into reads from this object (see tools/build_assets.mjs).

import * as stimulus from "@hotwired/stimulus";
import * as announce from "./lib/announce";
import * as cookies from "./lib/cookies";
import * as http from "./lib/http";
import * as stream from "./lib/stream";
import * as swap from "./lib/swap";
import * as words from "./lib/words";

export interface Shared {
  application: stimulus.Application;
}

declare global {
  var quire: Shared;
}

export function share(application: stimulus.Application): void {
  globalThis.quire = Object.freeze({
    application,
    stimulus: { Controller: stimulus.Controller },
    announce,
    cookies,
    http,
    stream,
    swap,
    words,
  });
}
