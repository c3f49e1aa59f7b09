// Uses the server's page in headless Chromium as a person does.
//
// Usage: node page.mjs BIOSERDE [CORPUS]; exits with 1 if a check fails. BIOSERDE was built after web/. Pictures
// of the page go to the folder that the variable SHOTS names.

import { chromium } from "playwright-core";
import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { browserPath, equal, issuer, Server, Tally } from "./page_site.mjs";

const [program, corpus] = process.argv.slice(2);
const shots = process.env.SHOTS;
const data = fileURLToPath(new URL("../data/", import.meta.url));
const run = (name, ...args) => execFileSync(name, args, { encoding: "utf8", maxBuffer: 1 << 28 });
const count = (text) => Number(text.trim());

setTimeout(() => {
  console.error("page.mjs takes too long and is given up");
  process.exit(1);
}, 240_000).unref();

/** The reads that igv.js draws: those that are mapped, and neither duplicates nor of bad quality. */
const reads = (file, region) => count(run("samtools", "view", "-c", "-F", "UNMAP,QCFAIL,DUP", file, region));

const folder = mkdtempSync(join(tmpdir(), "bioserde-page-"));
const path = (name) => join(folder, name);
copyFileSync(join(data, "reads.bam"), path("reads.bam"));
copyFileSync(join(data, "calls.vcf.gz"), path("calls.vcf.gz"));
for (const name of ["reads.bam", "calls.vcf.gz"]) run(program, "index", path(name), "--quiet");
run("samtools", "view", "--output-fmt", "cram,no_ref=1", "--output", path("packed.cram"), path("reads.bam"));
run("bcftools", "view", "--output-type", "b", "--output", path("binary.bcf"), path("calls.vcf.gz"));

const tally = new Tally();
const browser = await chromium.launch({ executablePath: browserPath(), args: ["--no-sandbox", "--disable-gpu"] });
const servers = [];

async function start(config) {
  const server = await Server.start(program, config);
  servers.push(server);
  return server;
}

/** A new page, with an eye on what goes wrong. */
async function open(server, address = "") {
  const context = await browser.newContext({ acceptDownloads: true });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const faults = [];
  page.on("console", (message) => message.type() === "error" && faults.push(`console: ${message.text()}`));
  page.on("pageerror", (error) => faults.push(`script: ${error}`));
  page.on("requestfailed", (request) => faults.push(`failed: ${request.url()} ${request.failure()?.errorText}`));
  page.on("request", (request) => {
    if (!/^(blob|data):/.test(request.url()) && !request.url().startsWith(server.url)) {
      faults.push(`another host: ${request.url()}`);
    }
  });
  page.on("response", (response) => response.status() >= 400 && faults.push(`${response.status()} ${response.url()}`));
  await page.goto(server.url + address);
  return { page, faults };
}

async function choose(page, id) {
  await page.locator("#datasets a", { hasText: id }).click();
  await page.locator("#title", { hasText: id }).waitFor();
}

async function typeRegion(page, text) {
  await page.getByLabel("Region", { exact: true }).fill(text);
  await page.getByRole("button", { name: "Show" }).click();
}

/** How many records igv.js has of a region, once it has drawn the track. */
async function drawn(page, type, start, end) {
  const handle = await page.waitForFunction(([type, start, end]) => {
    const view = document.getElementById("view").browser?.trackViews.find((one) => one.track.type === type);
    const viewport = view?.viewports[0];
    const features = viewport?.featureCache?.features ?? viewport?.cachedFeatures;
    if (!features || viewport.isLoading?.()) return null;
    const overlaps = (one) => one.start < end && (one.start + one.lengthOnRef || one.end) > start;
    const all = features.allAlignments ? features.allAlignments() : features;
    return { count: all.filter(overlaps).length };
  }, [type, start, end]);
  return (await handle.jsonValue()).count;
}

async function colours(page) {
  return page.evaluate(() => {
    const found = new Set();
    const viewport = document.getElementById("view").browser.trackViews.at(-1).viewports[0];
    const { width, height } = viewport.canvas;
    const pixels = viewport.canvas.getContext("2d").getImageData(0, 0, width, height).data;
    for (let at = 0; at < pixels.length; at += 4) found.add(pixels.slice(at, at + 4).join());
    return found.size;
  });
}

async function saved(page, suffix) {
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.locator("#downloads a", { hasText: suffix }).click(),
  ]);
  return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) };
}

async function overflow(page) {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}

try {
  const server = await start({ folder });
  const { page, faults } = await open(server);

  await tally.check("the list has all data sets, and the filter finds one", async () => {
    await page.locator("#datasets a").first().waitFor();
    equal(await page.locator("#datasets a span").allTextContents(), ["binary", "calls", "packed", "reads"]);
    await page.getByLabel("Data sets", { exact: false }).last().fill("bam");
    equal(await page.locator("#datasets a span").allTextContents(), ["reads"]);
    await page.locator("#filter").fill("");
  });

  await tally.check("a region that is none is explained", async () => {
    await choose(page, "reads");
    for (const [typed, message] of [
      ["1:100-200", "There is no reference sequence 1. Did you mean chr1?"],
      ["chr1:200-100", "The region ends at 100, before it begins at 200."],
      ["chrM:16,570-17,000", "chrM ends at 16,569."],
      ["chr1:x", "After chr1: two positions are needed, as in chr1:1,000-2,000, or chr1:1,000- up to the end."],
    ]) {
      await typeRegion(page, typed);
      await page.locator("#region-fault", { hasText: message }).waitFor();
      equal(await page.locator("#slice").isVisible(), false);
    }
  });

  await tally.check("a typed region has a ticket and a command line", async () => {
    await typeRegion(page, "chr1:3,960,001-3,990,000");
    await page.locator("#ticket", { hasText: '"format": "BAM"' }).waitFor();
    const url = `${server.url}reads/reads?format=BAM&referenceName=chr1&start=3960000&end=3990000`;
    equal(await page.locator("#url").textContent(), url);
    equal(await page.locator("#command").textContent(), `samtools view -h '${url}'`);
    const ticket = await page.locator("#ticket").textContent();
    equal(/signature=[^…]/.test(ticket), false, "a signature is shown");
    equal(/\(\d+(,\d+)* bytes\)/.test(ticket), true, "data are not cut short");
  });

  await tally.check("the printed command works in a shell", async () => {
    const command = (await page.locator("#command").textContent()).replace("-h", "-c");
    equal(count(run("sh", "-c", command)), count(run("samtools", "view", "-c", path("reads.bam"), "chr1:3960001-3990000")));
  });

  await tally.check("igv.js shows the reads that samtools finds", async () => {
    const wanted = reads(path("reads.bam"), "chr1:3960001-3990000");
    equal(wanted > 0, true, "no reads in the region");
    equal(await drawn(page, "alignment", 3_960_000, 3_990_000), wanted);
    equal(await colours(page) > 2, true, "the track is blank");
  });

  await tally.check("another region of the same data set is drawn in the same view", async () => {
    await typeRegion(page, "chr2:1,710,001-1,740,000");
    await page.waitForFunction(() => document.getElementById("view").browser?.referenceFrameList[0].chr === "chr2");
    const wanted = reads(path("reads.bam"), "chr2:1710001-1740000");
    await page.waitForTimeout(300);
    equal(await drawn(page, "alignment", 1_710_000, 1_740_000), wanted);
  });

  await tally.check("a button saves the region as Parquet, as every other format", async () => {
    const file = await saved(page, ".parquet");
    equal(file.name, "reads.chr2.1710001-1740000.parquet");
    equal(file.bytes.subarray(0, 4).toString(), "PAR1");
    for (const suffix of [".bam", ".arrow", ".sqlite", ".csv", ".jsonl"]) {
      equal((await saved(page, suffix)).bytes.length > 0, true, suffix);
    }
    writeFileSync(path("saved.bam.part"), (await saved(page, ".bam")).bytes);
    const wanted = run("samtools", "view", path("reads.bam"), "chr2:1710001-1740000");
    equal(run("samtools", "view", path("saved.bam.part")), wanted);
  });

  await tally.check("igv.js shows the variants that bcftools finds", async () => {
    await choose(page, "calls");
    await typeRegion(page, "chr1:10000-30000");
    const found = run("bcftools", "view", "-H", "-r", "chr1:10000-30000", path("calls.vcf.gz"));
    const wanted = found.trim().split("\n").length;
    equal(await drawn(page, "variant", 9_999, 30_000), wanted);
    equal(await colours(page) > 2, true, "the track is blank");
    equal((await page.locator("#command").textContent()).startsWith("bcftools view "), true);
    equal((await saved(page, ".vcf.gz")).bytes.subarray(0, 2).toString("hex"), "1f8b");
  });

  await tally.check("CRAM and BCF say that igv.js does not read them", async () => {
    for (const [id, format, region, suffix] of [
      ["packed", "CRAM", "chr1:1-50,000", ".cram"], ["binary", "BCF", "chr1:1-50,000", ".bcf"],
    ]) {
      await choose(page, id);
      await typeRegion(page, region);
      await page.locator("#view-note", { hasText: `igv.js does not read ${format} over htsget` }).waitFor();
      await page.locator("#ticket", { hasText: `"format": "${format}"` }).waitFor();
      equal((await saved(page, suffix)).bytes.length > 0, true);
    }
  });

  await tally.check("an address leads to its region, and back", async () => {
    await page.goto("about:blank");
    await page.goto(`${server.url}#reads/reads?format=BAM&region=chr1%3A3%2C960%2C001-3%2C990%2C000`);
    equal(await drawn(page, "alignment", 3_960_000, 3_990_000) > 0, true);
    equal(await page.locator("#region").inputValue(), "chr1:3,960,001-3,990,000");
    await typeRegion(page, "chr2");
    await page.locator("#view-note", { hasText: "Reads are drawn in regions of up to 100,000 positions." }).waitFor();
    await page.goBack();
    equal(await drawn(page, "alignment", 3_960_000, 3_990_000) > 0, true);
  });

  await tally.check("nothing is wider than a phone, light or dark", async () => {
    for (const [width, colorScheme] of [[375, "light"], [375, "dark"], [1280, "dark"], [1280, "light"]]) {
      await page.setViewportSize({ width, height: 900 });
      await page.emulateMedia({ colorScheme });
      await page.waitForTimeout(500);
      if (shots) await page.screenshot({ path: join(shots, `${colorScheme}-${width}.png`), fullPage: true });
      equal(await overflow(page), 0, `${colorScheme}, ${width}`);
    }
  });

  await tally.check("no error, no failed request, no other host", async () => equal(faults, []));

  await tally.check("with access control a token shows what its rules allow", async () => {
    const { token, publicKey } = issuer("someone");
    writeFileSync(path("key.pem"), publicKey);
    const rules = [{ subjects: ["someone"], ids: ["reads"] }];
    const { page, faults } = await open(await start({ folder, auth: { public_key: path("key.pem"), rules } }));
    await page.getByLabel("Bearer token").fill("x.y.z");
    await page.getByRole("button", { name: "Use it" }).click();
    await page.locator("#token-message:not(:empty)").waitFor();
    equal(faults.splice(0).some((fault) => fault.startsWith("401")), true);
    await page.getByLabel("Bearer token").fill(token);
    await page.getByRole("button", { name: "Use it" }).click();
    await page.locator("#datasets a").first().waitFor();
    equal(await page.locator("#datasets a span").allTextContents(), ["reads"]);
    await choose(page, "reads");
    await typeRegion(page, "chr1:3,960,001-3,990,000");
    equal(await drawn(page, "alignment", 3_960_000, 3_990_000) > 0, true);
    equal((await saved(page, ".parquet")).bytes.subarray(0, 4).toString(), "PAR1");
    equal(faults, []);
  });

  if (corpus && existsSync(join(corpus, "reads/htsnexus_test_NA12878.bam"))) {
    await tally.check("reads of a real file are drawn", async () => {
      const source = join(corpus, "reads/htsnexus_test_NA12878.bam");
      const server = await start({ folder: join(corpus, "reads") });
      const { page, faults } = await open(server, "#reads/htsnexus_test_NA12878?format=BAM&region=11:5,010,000-5,020,000");
      equal(await drawn(page, "alignment", 5_009_999, 5_020_000), reads(source, "11:5010000-5020000"));
      equal(faults, []);
    });
  } else {
    console.log("skipped: reads of a real file: there is no corpus");
  }
} finally {
  await browser.close();
  for (const server of servers) server.stop();
  rmSync(folder, { recursive: true, force: true });
}
process.exitCode = tally.report();
