// Builds static/src into static/dist: two scripts, two style sheets, the fonts and one icon sprite.
// File names carry no hash (the server's manifest storage adds it), and nothing refers to a source
// map, because the manifest would then look for a file that is not shipped.

import { mkdir, readFile, rm, writeFile, cp } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import esbuild from "esbuild";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const source = join(root, "static/src");
const dist = join(root, "static/dist");
const scriptBudgetKb = 45;

// chat.js runs after app.js on the same page. What both need is in app.js alone and is handed over
// through one frozen object (see ts/shared.ts), so no library is sent twice.
const sharedWithApp = {
  name: "shared-with-app",
  setup(build) {
    build.onResolve({ filter: /^@hotwired\/stimulus$|\/lib\/[a-z]+$/ }, async (found) => {
      const name = found.path.split("/").pop();
      if (!sharedModules.has(name) || found.pluginData === "seen") return null;
      const { importer, kind, path, resolveDir } = found;
      const real = await build.resolve(path, { importer, kind, resolveDir, pluginData: "seen" });
      return { path: name, namespace: "shared", pluginData: real.path };
    });
    build.onLoad({ filter: /.*/, namespace: "shared" }, async ({ path, pluginData }) => {
      const lines = (await exportsOf(pluginData)).map(
        (name) => `export const ${name} = globalThis.quire.${path}.${name};`,
      );
      return { contents: lines.join("\n") };
    });
  },
};

// By name, each a constant: handed over as one object they would need the wrapping of CommonJS.
async function exportsOf(path) {
  const { metafile } = await esbuild.build({
    entryPoints: [path],
    bundle: true,
    format: "esm",
    metafile: true,
    write: false,
  });
  return Object.values(metafile.outputs)[0].exports;
}
const sharedModules = new Set([
  "stimulus",
  "stream",
  "http",
  "swap",
  "announce",
  "cookies",
  "words",
]);

const common = {
  bundle: true,
  minify: true,
  charset: "utf8",
  legalComments: "none",
  logLevel: "warning",
  target: ["es2022", "chrome123", "firefox121", "safari17.5"],
  outdir: dist,
  metafile: true,
};

const scripts = (name, plugins) => ({
  ...common,
  entryPoints: [join(source, `ts/${name}.ts`)],
  format: "iife",
  plugins,
});

const styles = {
  ...common,
  entryPoints: [join(source, "css/app.css"), join(source, "css/admin.css")],
  loader: { ".woff2": "file", ".svg": "file" },
  assetNames: "fonts/[name]",
};

async function buildSprite() {
  const names = JSON.parse(await readFile(join(source, "icons.json"), "utf8"));
  const symbols = await Promise.all(names.map(readSymbol));
  const sprite = `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>\n`;
  await writeFile(join(dist, "icons.svg"), sprite);
}

async function readSymbol(name) {
  const file = join(root, "node_modules/lucide-static/icons", `${name}.svg`);
  const text = await readFile(file, "utf8");
  const body = text.slice(text.indexOf(">", text.indexOf("<svg")) + 1, text.lastIndexOf("</svg>"));
  const shapes = body.replace(/\s*\n\s*/g, "").trim();
  // A <use> inherits from the <svg> that holds it, so stroke and size are the style sheet's.
  return `<symbol id="${name}" viewBox="0 0 24 24">${shapes}</symbol>`;
}

async function report() {
  let total = 0;
  for (const name of ["app.js", "chat.js", "app.css", "admin.css", "icons.svg"]) {
    const zipped = gzipSync(await readFile(join(dist, name)), { level: 9 }).length / 1024;
    if (name.endsWith(".js")) total += zipped;
    console.log(`${relative(root, join(dist, name)).padEnd(26)} ${zipped.toFixed(1)} kB gzip`);
  }
  if (total > scriptBudgetKb) {
    console.error(`Scripts are ${total.toFixed(1)} kB gzip; the budget is ${scriptBudgetKb} kB.`);
    process.exitCode = 1;
  }
}

async function build() {
  await rm(dist, { recursive: true, force: true });
  await mkdir(dist, { recursive: true });
  await Promise.all([
    esbuild.build(scripts("app", [])),
    esbuild.build(scripts("chat", [sharedWithApp])),
    esbuild.build(styles),
    buildSprite(),
    cp(join(source, "img"), dist, { recursive: true }),
  ]);
  await report();
}

async function watch() {
  await build();
  for (const options of [scripts("app", []), scripts("chat", [sharedWithApp]), styles]) {
    const context = await esbuild.context(options);
    await context.watch();
  }
}

await (process.argv.includes("--watch") ? watch() : build());
