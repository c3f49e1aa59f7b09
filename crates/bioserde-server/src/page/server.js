// Requests to the server, with the token where one is needed. It is kept in memory alone.

let token = "";

export function useToken(text) {
  token = text.trim();
}

export function currentToken() {
  return token;
}

/** What the server says went wrong. */
export class Refusal extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

async function request(path) {
  let response;
  try {
    response = await fetch(path, token ? { headers: { Authorization: `Bearer ${token}` } } : {});
  } catch {
    throw new Refusal(0, "The server does not answer.");
  }
  if (response.ok) return response;
  const body = await response.json().catch(() => ({}));
  throw new Refusal(response.status, sentence(body.htsget?.message ?? `The server answers with status ${response.status}`));
}

/** The JSON behind a path that is relative to the page. */
export async function json(path) {
  return (await request(path)).json();
}

/** The bytes behind a path. */
export async function blob(path) {
  return (await request(path)).blob();
}

function sentence(text) {
  const end = /[.?!]$/.test(text) ? "" : ".";
  return text.charAt(0).toUpperCase() + text.slice(1) + end;
}
