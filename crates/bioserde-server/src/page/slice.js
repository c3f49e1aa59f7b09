// What a region of a data set is asked for with.

/** `reads/<id>`, percent-encoded. */
export function pathOf(dataset) {
  return `${dataset.endpoint}/${dataset.id.split("/").map(encodeURIComponent).join("/")}`;
}

/** The parameters of htsget: 0-based, half-open. */
function parameters(region) {
  const query = new URLSearchParams();
  if (region) query.set("referenceName", region.name);
  if (region?.start) {
    query.set("start", region.start - 1);
    query.set("end", region.end);
  }
  return query;
}

/** The absolute URL of the ticket. */
export function ticketUrl(dataset, region) {
  const query = new URLSearchParams([["format", dataset.format], ...parameters(region)]);
  return new URL(`${pathOf(dataset)}?${query}`, document.baseURI).href;
}

/** The URL of the region as one file. */
export function sliceUrl(dataset, region, suffix) {
  const query = String(parameters(region));
  return new URL(`slices/${pathOf(dataset)}${suffix}${query && `?${query}`}`, document.baseURI).href;
}

/** A name for that file. */
export function fileName(dataset, region, suffix) {
  const parts = [dataset.id.split("/").at(-1)];
  if (region) parts.push(region.name === "*" ? "unplaced" : region.name);
  if (region?.start) parts.push(`${region.start}-${region.end}`);
  return parts.join(".").replace(/[^\w.-]+/g, "_") + suffix;
}

/** What prints the records in a shell. */
export function commandLine(dataset, url, needsToken) {
  const program = dataset.endpoint === "reads" ? "samtools view -h" : "bcftools view";
  const token = needsToken ? "HTS_AUTH_LOCATION=token.txt " : "";
  return `${token}${program} '${url.replaceAll("'", "%27")}'`;
}

/** A ticket for people: data and signatures are cut short. */
export function ticketText(ticket) {
  return JSON.stringify(ticket, (key, value) => (key === "url" ? shortened(value) : value), 2);
}

function shortened(url) {
  if (url.startsWith("data:")) {
    const base64 = url.slice(url.indexOf(",") + 1);
    const bytes = Math.floor((base64.replace(/=+$/, "").length * 3) / 4);
    const beginning = url.slice(0, url.length - base64.length + 16);
    return base64.length > 24 ? `${beginning}… (${bytes.toLocaleString("en-US")} bytes)` : url;
  }
  return url.replace(/([?&][^=&]+=)[^&]{20,}/g, "$1…");
}
