// The list of data sets, and the part of the address that names one: `#reads/<id>?format=BAM&region=chr1:1-100`.

import { pathOf } from "./slice.js";

/** Entries that are shown at once; the filter finds the others. */
const SHOWN = 500;

export function addressOf(dataset, region) {
  const query = new URLSearchParams({ format: dataset.format });
  if (region) query.set("region", region);
  return `#${pathOf(dataset)}?${query}`;
}

/** The data set and region that an address names, or `null`. */
export function readAddress(hash) {
  const match = /^#(reads|variants)\/([^?]+)(?:\?(.*))?$/.exec(hash);
  if (!match) return null;
  const query = new URLSearchParams(match[3] ?? "");
  try {
    const id = match[2].split("/").map(decodeURIComponent).join("/");
    return { endpoint: match[1], id, format: query.get("format"), region: query.get("region") ?? "" };
  } catch {
    return null;
  }
}

export function sizeText(bytes) {
  const units = ["bytes", "kB", "MB", "GB", "TB"];
  const power = bytes < 1000 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), units.length - 1);
  return `${(bytes / 1000 ** power).toFixed(power ? 1 : 0)} ${units[power]}`;
}

/** Shows the data sets that have all words of the filter. */
export function showList(list, { datasets, filter, current, address }) {
  const words = filter.toLowerCase().split(/\s+/);
  const text = (dataset) => `${dataset.endpoint} ${dataset.id} ${dataset.format}`.toLowerCase();
  const found = datasets.filter((dataset) => words.every((word) => text(dataset).includes(word)));
  list.replaceChildren(...found.slice(0, SHOWN).map((dataset) => entry(dataset, current, address)));
  return { found: found.length, hidden: Math.max(found.length - SHOWN, 0) };
}

function entry(dataset, current, address) {
  const link = document.createElement("a");
  link.href = address(dataset);
  const name = document.createElement("span");
  name.textContent = dataset.id;
  const facts = document.createElement("small");
  facts.textContent = `${dataset.format} · ${sizeText(dataset.bytes)}`;
  link.append(name, facts);
  if (["endpoint", "id", "format"].every((key) => dataset[key] === current?.[key])) {
    link.setAttribute("aria-current", "true");
  }
  const item = document.createElement("li");
  item.append(link);
  return item;
}
