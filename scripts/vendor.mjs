// Copies the front-end files named here from node_modules to static/vendor and writes their sha256 manifest.
// `node scripts/vendor.mjs` (after `npm ci`) makes the folder; `--check` needs no node_modules and fails when a file differs from the manifest.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const target = join(root, "static", "vendor");
const manifestPath = join(target, "manifest.json");
const modules = join(root, "node_modules");

// Outline icons of @tabler/icons; `{% icon "<name>" %}` in a template refers to these names.
const icons = [
  "adjustments", "alert-triangle", "arrow-back-up", "arrow-down", "arrow-up", "arrows-sort", "bell", "bell-ringing", "bolt", "bookmark", "building", "camera", "chart-bar", "check",
  "chevron-down", "chevron-left", "chevron-right", "chevron-up", "clipboard-check", "clipboard-data", "clipboard-list", "clock", "database",
  "database-import", "device-floppy", "device-tv", "download", "external-link", "file-search", "file-text", "gavel", "hourglass", "info-circle", "keyboard", "key",
  "language", "layout-dashboard", "layout-sidebar-left-collapse", "layout-sidebar-right", "list-check", "lock", "logout", "menu-2", "message",
  "messages", "paperclip", "parking", "photo", "plug-connected-x", "printer", "refresh", "search", "settings", "shield-check", "table", "trending-up", "user-circle",
  "users", "volume", "volume-off", "x",
];

const sha256 = (data) => createHash("sha256").update(data).digest("hex");
const version = (name) => JSON.parse(readFileSync(join(modules, name, "package.json"), "utf8")).version;
const source = (name, file) => readFileSync(join(modules, name, file));

function sprite() {
  const symbols = icons.map((name) => {
    const svg = source("@tabler/icons", `icons/outline/${name}.svg`).toString("utf8");
    const body = svg.replace(/<!--[\s\S]*?-->/g, "").match(/<svg[^>]*>([\s\S]*)<\/svg>/)[1];
    const shapes = body.replace(/<path stroke="none" d="M0 0h24v24H0z" fill="none"\s*\/>/g, "").replace(/\s*\n\s*/g, "");
    return `<symbol id="${name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round">${shapes}</symbol>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg">\n${symbols.join("\n")}\n</svg>\n`;
}

function build() {
  const tabler = source("@tabler/core", "dist/css/tabler.min.css").toString("utf8").replace(/\/\*# sourceMappingURL=.*?\*\//g, "").trimEnd() + "\n";
  const files = {
    // The .gz beside it is what WhiteNoise serves when no collectstatic has run (554 KB plain).
    "tabler/tabler.min.css": ["@tabler/core", tabler],
    "tabler/tabler.min.css.gz": ["@tabler/core", gzipSync(tabler, { level: 9 })],
    "tabler/LICENSE": ["@tabler/core", source("@tabler/core", "LICENSE")],
    "icons/icons.svg": ["@tabler/icons", sprite()],
    "icons/LICENSE": ["@tabler/icons", source("@tabler/icons", "LICENSE")],
  };
  rmSync(target, { recursive: true, force: true });
  const manifest = {};
  for (const [path, [name, data]] of Object.entries(files)) {
    mkdirSync(dirname(join(target, path)), { recursive: true });
    writeFileSync(join(target, path), data);
    manifest[path] = { package: name, version: version(name), sha256: sha256(data) };
  }
  writeFileSync(manifestPath, JSON.stringify(manifest, null, 2) + "\n");
  console.log(`static/vendor: ${Object.keys(files).length} files`);
}

function walk(folder) {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? walk(path) : [path];
  });
}

function check() {
  const manifest = JSON.parse(readFileSync(manifestPath, "utf8"));
  const wrong = Object.entries(manifest)
    .filter(([path, entry]) => !existsSync(join(target, path)) || sha256(readFileSync(join(target, path))) !== entry.sha256)
    .map(([path]) => `${path} differs from the manifest or is missing`);
  const stray = walk(target).map((path) => relative(target, path)).filter((path) => path !== "manifest.json" && !(path in manifest));
  wrong.push(...stray.map((path) => `${path} is not in the manifest`));
  for (const line of wrong) console.error(`static/vendor: ${line}; run: npm ci && npm run vendor`);
  process.exit(wrong.length ? 1 : 0);
}

if (process.argv.includes("--check")) check();
else build();
