// Asks a server through HtsgetFile of @gmod/bam, JBrowse's reader.
//
// Reads {"base", "id", "regions": [{"name", "start", "end"}]} from standard input; writes for each region
// a list of [QNAME, FLAG, POS from 0].
import { readFileSync } from "node:fs";
import { HtsgetFile } from "@gmod/bam";

const { base, id, regions } = JSON.parse(readFileSync(0, "utf8"));
const file = new HtsgetFile({ baseUrl: `${base}/reads`, trackId: id });
const header = await file.getHeader();
const found = [];
for (const { name, start, end } of regions) {
  const records = await file.getRecordsForRange(name, start, end);
  found.push(records.map((record) => [record.name, record.flags, record.start]));
}
const names = header.filter((line) => line.tag === "SQ").length;
process.stdout.write(JSON.stringify({ names, found }));
