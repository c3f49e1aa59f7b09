// A region as igv.js shows it, which asks this server for it by htsget.

import { grouped, UNKNOWN_LENGTH } from "./region.js";
import { currentToken } from "./server.js";
import { pathOf } from "./slice.js";

/** igv.js shows reads up to this many positions, at which a deep file is still some tens of megabytes. */
const WIDEST_READS = 100_000;

/** How reads are drawn: nothing can differ from a reference that is not known. */
const READS = {
  visibilityWindow: WIDEST_READS,
  autoHeight: true,
  minHeight: 150,
  maxHeight: 500,
  showMismatches: false,
  alleleFreqThreshold: 2,
};

/** The formats that igv.js reads by htsget, and the type of their track. */
const TRACKS = new Map([["BAM", "alignment"], ["VCF", "variant"]]);

let shown = null;
let library = null;

/** Why a region is not drawn, or an empty text. */
export function obstacle(dataset, region, source) {
  if (!TRACKS.has(dataset.format)) return `igv.js does not read ${dataset.format} over htsget. All else on this page works.`;
  if (!source) {
    return "This server was built without igv.js: run “npm ci” and “npm run build” in web/ and build it again, or set page.igv_url.";
  }
  if (!region) return "Type a region to see it.";
  if (region.name === "*") return "Unplaced reads have no place to be drawn at.";
  const length = region.end - region.start + 1;
  if (dataset.format === "BAM" && length > WIDEST_READS) return `Reads are drawn in regions of up to ${grouped(WIDEST_READS)} positions.`;
  return "";
}

export function clear(element) {
  if (shown) library.removeBrowser(shown.browser);
  shown = null;
  element.browser = null;
  element.hidden = true;
}

/** Draws a region. The browser of igv.js is kept as a property of the element. */
export async function draw(element, details, region, source) {
  library ??= await load(source);
  const key = pathOf(details) + details.format;
  const locus = `${region.name}:${region.start}-${region.end}`;
  if (shown?.key === key && shown.names.has(region.name)) {
    await shown.browser.search(locus);
    return;
  }
  clear(element);
  element.hidden = false;
  const sizes = sizesOf(details, region);
  const url = URL.createObjectURL(new Blob(sizes.map(([name, length]) => `${name}\t${length}\n`)));
  try {
    const browser = await library.createBrowser(element, settings(details, locus, url));
    // Bases of the reference are not known, and igv.js takes their absence for an error.
    browser.genome.sequence.getSequence = async (name, start, end) => "N".repeat(Math.max(end - start, 0));
    await browser.loadTrack(trackOf(details));
    shown = { browser, key, names: new Set(sizes.map(([name]) => name)) };
    element.browser = browser;
  } finally {
    URL.revokeObjectURL(url);
  }
}

async function load(source) {
  const module = await import(new URL(source, document.baseURI));
  return module.default ?? globalThis.igv;
}

/** The reference sequences, among them the region's, which a list that was cut need not have. */
function sizesOf(details, region) {
  const sizes = details.reference_sequences.map(({ name, length }) => [name, length ?? UNKNOWN_LENGTH]);
  return sizes.some(([name]) => name === region.name) ? sizes : [...sizes, [region.name, UNKNOWN_LENGTH]];
}

function settings(details, locus, sizes) {
  return {
    // Names and lengths are all that is known of the reference, so that no other host is asked.
    reference: { id: details.id, name: details.id, format: "chromsizes", url: sizes, wholeGenomeView: false },
    loadDefaultGenomes: false,
    showIdeogram: false,
    locus,
  };
}

function trackOf(details) {
  return {
    type: TRACKS.get(details.format),
    format: details.format.toLowerCase(),
    sourceType: "htsget",
    url: new URL(pathOf(details), document.baseURI).href,
    name: details.id,
    ...(details.format === "BAM" ? READS : {}),
    ...(currentToken() ? { oauthToken: currentToken } : {}),
  };
}
