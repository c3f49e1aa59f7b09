// Servers, tokens and counting for page.mjs.

import { spawn } from "node:child_process";
import { generateKeyPairSync, sign } from "node:crypto";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { isDeepStrictEqual } from "node:util";

export function equal(got, wanted, what = "") {
  if (!isDeepStrictEqual(got, wanted)) {
    throw new Error(`${what && `${what}: `}${JSON.stringify(got)} is not ${JSON.stringify(wanted)}`);
  }
}

/** Counts checks that hold and that do not. */
export class Tally {
  passed = 0;
  failed = 0;

  async check(rule, work) {
    try {
      await work();
      this.passed += 1;
      console.log(`ok: ${rule}`);
    } catch (error) {
      this.failed += 1;
      console.log(`FAILED: ${rule}: ${error.message}`);
    }
  }

  report() {
    console.log(`${this.passed} passed, ${this.failed} failed`);
    return this.failed ? 1 : 0;
  }
}

/** The Chromium of the system. */
export function browserPath() {
  const names = ["chromium", "chromium-browser", "google-chrome"];
  const folders = (process.env.PATH ?? "").split(delimiter);
  const found = names.flatMap((name) => folders.map((folder) => join(folder, name))).find((path) => existsSync(path));
  if (!found) throw new Error(`there is none of ${names.join(", ")}`);
  return found;
}

/** A server on a free port. */
export class Server {
  /** Its settings: a folder, and perhaps `auth`, which become those of the environment. */
  static start(program, { folder, auth }) {
    const env = { ...process.env };
    if (auth) env.BIOSERDE_SERVE_AUTH__PUBLIC_KEY = auth.public_key;
    if (auth) {
      const rules = auth.rules.map(({ subjects, ids }) => `{ subjects = ${JSON.stringify(subjects)}, ids = ${JSON.stringify(ids)} }`);
      env.BIOSERDE_SERVE_AUTH__RULES = `[${rules.join(", ")}]`;
    }
    const child = spawn(program, ["serve", folder, "--addr", "127.0.0.1:0"], { env, stdio: ["ignore", "ignore", "pipe"] });
    return new Promise((resolve, reject) => {
      let text = "";
      child.stderr.setEncoding("utf8").on("data", (more) => {
        text += more;
        const url = /listening on (http:\S+)/.exec(text)?.[1];
        if (url) resolve(new Server(child, `${url}/`));
      });
      child.on("exit", () => reject(new Error(`the server does not start: ${text}`)));
      child.on("error", reject);
    });
  }

  constructor(child, url) {
    this.child = child;
    this.url = url;
  }

  stop() {
    this.child.kill();
  }
}

/** A token for a subject, and the key that it is checked with. */
export function issuer(subject) {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const claims = { sub: subject, exp: Math.floor(Date.now() / 1000) + 3600 };
  const text = `${part({ alg: "EdDSA", typ: "JWT" })}.${part(claims)}`;
  const signature = sign(null, Buffer.from(text), privateKey).toString("base64url");
  return { token: `${text}.${signature}`, publicKey: publicKey.export({ type: "spki", format: "pem" }) };
}
