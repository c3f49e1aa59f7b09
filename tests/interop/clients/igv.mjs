// Asks a server through the htsget readers of igv.js, in a page without a screen.
//
// Reads {"base", "endpoint", "id", "regions": [{"name", "start", "end"}]} from standard input; writes for
// each region a list of [QNAME, FLAG, POS from 0] in no order, or of [POS from 0, REF, ALT].
import { readFileSync } from "node:fs";
import { JSDOM } from "jsdom";

const { base, endpoint, id, regions } = JSON.parse(readFileSync(0, "utf8"));

// A page of another origin, so that CORS counts.
const { window } = new JSDOM("", { url: "http://igv.test/" });
const needed = ["document", "HTMLElement", "Node", "Element", "XMLHttpRequest", "customElements", "navigator"];
for (const name of ["window", ...needed]) {
  const value = name === "window" ? window : window[name];
  Object.defineProperty(globalThis, name, { value, configurable: true });
}
// It wants a list of moved URLs from the network and complains without; standard output is for the answer.
console.log = console.warn = console.error = () => {};
const igv = (await import("igv")).default;

const isReads = endpoint === "reads";
const config = {
  type: isReads ? "alignment" : "variant",
  format: isReads ? "bam" : "vcf",
  sourceType: "htsget",
  url: `${base}/${endpoint}/${id}`,
  name: id,
  // All reads are wanted, however many there are at a place.
  filter: () => true,
  samplingDepth: 10_000,
};
const track = await igv.createTrack(config, { genome: undefined, on() {} });
const found = [];
for (const { name, start, end } of regions) {
  if (isReads) {
    const container = await track.featureSource.bamReader.readAlignments(name, start, end);
    // Mates stand together.
    const reads = container.allAlignments().flatMap((a) => [a.firstAlignment ?? a, a.secondAlignment ?? []].flat());
    found.push(reads.map((a) => [a.readName, a.flags, a.start]));
  } else {
    const variants = await track.featureSource.reader.readFeatures(name, start, end);
    found.push(variants.map((v) => [v.pos - 1, v.referenceBases, v.alternateBases]));
  }
}
process.stdout.write(JSON.stringify({ found }));
