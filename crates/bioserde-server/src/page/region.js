// Regions as people type them: 1-based, with both ends included.

/** Positions of a reference sequence whose length the header does not say (SAMv1 §4.2). */
export const UNKNOWN_LENGTH = 2 ** 31 - 1;

/** Why a text is no region of a data set. */
export class RegionFault extends Error {}

export function grouped(number) {
  return number.toLocaleString("en-US");
}

/**
 * Reads a region of a data set: `{ name, start, end, note }`, `{ name: "*" }` for unplaced reads, or `null` for all.
 */
export function parseRegion(text, details) {
  const typed = text.trim();
  if (typed === "") return null;
  if (typed === "*") {
    if (details.endpoint === "reads") return { name: "*", note: "" };
    throw new RegionFault("Variants are all placed: * is for reads.");
  }
  const whole = find(typed, details);
  if (whole) return { name: whole.name, start: 1, end: lengthOf(whole), note: "" };
  const match = /^(.+):([^:]*)$/.exec(typed);
  const name = (match ? match[1] : typed).trim();
  const sequence = find(name, details) ?? unlisted(name, details);
  return within(sequence, match ? match[2] : "1-");
}

/** The region as text that `parseRegion` reads. */
export function regionText(region) {
  if (!region) return "";
  return region.name === "*" ? "*" : `${region.name}:${grouped(region.start)}-${grouped(region.end)}`;
}

function lengthOf(sequence) {
  return sequence.length ?? UNKNOWN_LENGTH;
}

function find(name, details) {
  return details.reference_sequences.find((sequence) => sequence.name === name);
}

/** A name that is not in the list: the server may know it if the list is cut. */
function unlisted(name, details) {
  if (details.is_cut) return { name, length: null };
  const names = details.reference_sequences.map((sequence) => sequence.name);
  const bare = (text) => text.toLowerCase().replace(/^chr/, "").replace(/^mt$/, "m");
  const meant = names.find((known) => bare(known) === bare(name));
  const known = names.slice(0, 5).join(", ") + (names.length > 5 ? ", …" : "");
  const hint = meant ? `Did you mean ${meant}?` : `There are ${known}.`;
  throw new RegionFault(`There is no reference sequence ${name}. ${hint}`);
}

function within(sequence, span) {
  const { name } = sequence;
  const match = /^\s*([\d,\s]+?)\s*(-|–|\.\.)\s*([\d,\s]*)$/.exec(span);
  if (!match) {
    throw new RegionFault(`After ${name}: two positions are needed, as in ${name}:1,000-2,000, or ${name}:1,000- up to the end.`);
  }
  const length = lengthOf(sequence);
  const number = (digits) => Number(digits.replace(/[,\s]/g, ""));
  const start = number(match[1]);
  const end = match[3] === "" ? length : number(match[3]);
  if (start === 0) throw new RegionFault("Positions begin with 1.");
  if (start > length) throw new RegionFault(`${name} ends at ${grouped(length)}.`);
  if (start > end) throw new RegionFault(`The region ends at ${grouped(end)}, before it begins at ${grouped(start)}.`);
  return { name, start, end: Math.min(end, length), note: end > length ? `${name} ends at ${grouped(length)}.` : "" };
}
