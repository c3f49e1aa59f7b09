import { addressOf, readAddress, showList, sizeText } from "./datasets.js";
import { clear, draw, obstacle } from "./igv_view.js";
import { grouped, parseRegion, RegionFault, regionText } from "./region.js";
import { blob, json, useToken } from "./server.js";
import { commandLine, fileName, pathOf, sliceUrl, ticketText, ticketUrl } from "./slice.js";

const element = (id) => document.getElementById(id);
const settings = await json("page/settings.json");
let datasets = [];
let details = null;
/** Counts what was asked for: an answer to an earlier question is dropped. */
let turn = 0;

function say(id, text) {
  element(id).textContent = text;
  element(id).hidden = !text;
}

async function start() {
  document.title = settings.service;
  element("service").textContent = settings.service;
  element("about").textContent = `htsget 1.3, by bioserde ${settings.version}`;
  element("filter").addEventListener("input", refreshList);
  element("region-form").addEventListener("submit", submitRegion);
  element("token-form").addEventListener("submit", submitToken);
  for (const button of document.querySelectorAll("[data-copies]")) {
    button.addEventListener("click", () => copy(button));
  }
  window.addEventListener("hashchange", follow);
  element("token-form").hidden = !settings.needs_token;
  element("columns").hidden = settings.needs_token;
  if (settings.needs_token) element("token").focus();
  else await load("fault");
}

/** Reads the list and shows what the address names. */
async function load(faultId) {
  try {
    const answer = await json("datasets.json");
    datasets = answer.datasets;
    const notes = [];
    if (answer.is_cut) notes.push("There are more files than are listed. Those can be asked for by their ids.");
    if (answer.unreadable) notes.push(`${grouped(answer.unreadable)} files or folders cannot be read.`);
    element("list-note").dataset.about = notes.join(" ");
    say(faultId, "");
  } catch (refusal) {
    say(faultId, refusal.message);
    return false;
  }
  element("columns").hidden = false;
  refreshList();
  await follow();
  return true;
}

async function submitToken(event) {
  event.preventDefault();
  useToken(element("token").value);
  details = null;
  clear(element("view"));
  if (await load("token-message")) element("token").value = "";
  else element("columns").hidden = true;
}

function refreshList() {
  const filter = element("filter").value.trim();
  const address = (dataset) => location.pathname + location.search + addressOf(dataset, "");
  const current = readAddress(location.hash);
  const { found, hidden } = showList(element("datasets"), { datasets, filter, current, address });
  element("count").textContent = filter ? `${grouped(found)} of ${grouped(datasets.length)}` : grouped(datasets.length);
  const notes = [element("list-note").dataset.about];
  if (hidden) notes.push(`${grouped(hidden)} more are not shown: filter them.`);
  if (!datasets.length) notes.push("There are no data sets.");
  say("list-note", notes.filter(Boolean).join(" "));
}

/** Shows what the address names. */
async function follow() {
  const mine = ++turn;
  const wanted = readAddress(location.hash);
  refreshList();
  element("welcome").hidden = wanted !== null;
  try {
    if (wanted && !isShown(wanted)) {
      hide();
      const query = wanted.format ? `?${new URLSearchParams({ format: wanted.format })}` : "";
      const answer = await json(`datasets/${pathOf(wanted)}.json${query}`);
      if (mine !== turn) return;
      details = answer;
      showDetails();
    }
    if (!wanted) hide();
    else await showRegion(wanted.region, mine);
  } catch (refusal) {
    if (mine === turn) say("fault", refusal.message);
  }
}

function isShown(wanted) {
  return details?.endpoint === wanted.endpoint && details.id === wanted.id && details.format === (wanted.format ?? details.format);
}

function hide() {
  details = null;
  say("fault", "");
  element("dataset").hidden = true;
  element("slice").hidden = true;
  clear(element("view"));
}

function showDetails() {
  const sequences = details.reference_sequences;
  const first = sequences.find((sequence) => sequence.length) ?? sequences[0];
  element("title").textContent = details.id;
  const index = details.is_indexed ? "indexed" : "no index: regions take a look at the whole file";
  element("facts").textContent = [details.format, sizeText(details.bytes), index].join(" · ");
  element("sequences").replaceChildren(...sequences.slice(0, 200).map((sequence) => {
    const option = document.createElement("option");
    option.value = sequence.length ? regionText({ name: sequence.name, start: 1, end: sequence.length }) : sequence.name;
    return option;
  }));
  element("region").placeholder = first ? `${first.name}:1-${grouped(Math.min(first.length ?? 10_000, 10_000))}` : "chr1:1-10,000";
  const names = sequences.slice(0, 6).map((sequence) => sequence.name).join(", ");
  const count = `${grouped(sequences.length)}${details.is_cut ? " and more" : ""} reference sequences`;
  const known = sequences.length ? `${count}: ${names}${sequences.length > 6 ? ", …" : ""}.` : "The header names no reference sequences.";
  element("region-hint").textContent = `Positions begin with 1, and both ends are included. Empty is the whole file. ${known}`;
  element("dataset").hidden = false;
}

function submitRegion(event) {
  event.preventDefault();
  const address = addressOf(details, element("region").value.trim());
  if (address === location.hash) follow();
  else location.hash = address;
}

async function showRegion(text, mine) {
  let region = null;
  let fault = "";
  try {
    region = parseRegion(text, details);
  } catch (error) {
    if (!(error instanceof RegionFault)) throw error;
    fault = error.message;
  }
  element("region").value = fault ? text : regionText(region);
  element("region").setAttribute("aria-invalid", String(fault !== ""));
  say("region-fault", fault || (region?.note ?? ""));
  element("slice").hidden = fault !== "";
  say("fault", "");
  if (fault) return;
  showLinks(region);
  await Promise.all([showTicket(region, mine), showView(region, mine)]);
}

function showLinks(region) {
  const url = ticketUrl(details, region);
  element("url").textContent = url;
  element("command").textContent = commandLine(details, url, settings.needs_token);
  say("command-note", settings.needs_token ? "The file token.txt has the token." : "");
  say("download-note", "");
  element("downloads").replaceChildren(...details.slices.map(({ format, suffix }) => {
    const link = document.createElement("a");
    link.className = "button";
    link.href = sliceUrl(details, region, suffix);
    link.download = fileName(details, region, suffix);
    link.textContent = suffix;
    link.title = format;
    if (settings.needs_token) link.addEventListener("click", (event) => fetchFile(event, link));
    return link;
  }));
}

/** Fetches a file with the token, which a link cannot send. */
async function fetchFile(event, link) {
  event.preventDefault();
  link.setAttribute("aria-busy", "true");
  say("download-note", "");
  try {
    const saved = document.createElement("a");
    saved.href = URL.createObjectURL(await blob(link.href));
    saved.download = link.download;
    saved.click();
    setTimeout(() => URL.revokeObjectURL(saved.href), 60_000);
  } catch (refusal) {
    say("download-note", refusal.message);
  }
  link.removeAttribute("aria-busy");
}

async function showTicket(region, mine) {
  element("ticket").textContent = "…";
  const text = await json(ticketUrl(details, region)).then(ticketText, (refusal) => refusal.message);
  if (mine === turn) element("ticket").textContent = text;
}

async function showView(region, mine) {
  const view = element("view");
  const reason = obstacle(details, region, settings.igv);
  say("view-note", reason);
  if (reason) {
    clear(view);
    return;
  }
  try {
    await draw(view, details, region, settings.igv);
  } catch (error) {
    if (mine === turn) say("view-note", `igv.js cannot show this: ${error.message ?? error}`);
  }
}

async function copy(button) {
  const text = element(button.dataset.copies).textContent;
  const done = await navigator.clipboard.writeText(text).then(() => true, () => false);
  if (!done) getSelection().selectAllChildren(element(button.dataset.copies));
  button.textContent = done ? "Copied" : "Selected";
  setTimeout(() => { button.textContent = "Copy"; }, 1500);
}

await start();
