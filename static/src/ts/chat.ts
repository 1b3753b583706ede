// The conversation's own behaviour, loaded after app.js on the chat pages alone.

import { CitationController } from "./controllers/citation";
import { ComposerController } from "./controllers/composer";
import { ExchangeController } from "./controllers/exchange";
import { PanelController } from "./controllers/panel";
import { ThreadController } from "./controllers/thread";

const { application } = globalThis.quire;
application.register("citation", CitationController);
application.register("composer", ComposerController);
application.register("exchange", ExchangeController);
application.register("panel", PanelController);
application.register("thread", ThreadController);
