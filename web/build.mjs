// Makes dist/igv.js.gz, which the server has in it when it is compiled afterwards.

import { mkdir, readFile, writeFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";

const from = new URL("node_modules/igv/", import.meta.url);
const to = new URL("dist/", import.meta.url);

const { version } = JSON.parse(await readFile(new URL("package.json", from), "utf8"));
const license = await readFile(new URL("LICENSE", from), "utf8");
const script = await readFile(new URL("dist/igv.esm.min.js", from), "utf8");
// The map is not served.
const code = script.replace(/\n\/\/# sourceMappingURL=.*\s*$/, "\n");

await mkdir(to, { recursive: true });
const bytes = gzipSync(`/*! igv.js ${version}\n\n${license.trim()}\n*/\n${code}`, { level: 9 });
await writeFile(new URL("igv.js.gz", to), bytes);
console.log(`dist/igv.js.gz: igv.js ${version}, ${bytes.length} bytes`);
