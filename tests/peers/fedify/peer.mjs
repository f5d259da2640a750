// A server of the fediverse made with Fedify, for tests: people with RSA and Ed25519 keys, an inbox
// that keeps what it could verify, and a door for the test that says what to do next.
import http from "node:http";
import { Readable } from "node:stream";
import {
  createFederation,
  generateCryptoKeyPair,
  MemoryKvStore,
  signObject,
  signRequest,
  verifyObject,
} from "@fedify/fedify";
import {
  Accept, Activity, Announce, Application, Create, Endpoints, Follow, Like, Note, Object as Thing,
  Person, PUBLIC_COLLECTION, Undo,
} from "@fedify/fedify/vocab";

const [port, firstKnock] = [Number(process.argv[2]), process.argv[3]];
const origin = `http://fedify.localhost:${port}`;
const received = [];
// How each POST was signed, in the order in which they came.
const schemes = [];
const RFC9421 = { href: "https://datatracker.ietf.org/doc/html/rfc9421" };
const keys = new Map();

const federation = createFederation({
  kv: new MemoryKvStore(),
  allowPrivateAddress: true,
  firstKnock,
  origin,
});

async function keyPairsOf(identifier) {
  if (!keys.has(identifier)) {
    keys.set(identifier, [
      await generateCryptoKeyPair("RSASSA-PKCS1-v1_5"),
      await generateCryptoKeyPair("Ed25519"),
    ]);
  }
  return keys.get(identifier);
}

federation
  .setActorDispatcher("/users/{identifier}", async (context, identifier) => {
    const pairs = await context.getActorKeyPairs(identifier);
    const Kind = identifier === "instance" ? Application : Person;
    return new Kind({
      id: context.getActorUri(identifier),
      preferredUsername: identifier,
      name: identifier,
      inbox: context.getInboxUri(identifier),
      endpoints: new Endpoints({ sharedInbox: context.getInboxUri() }),
      publicKey: pairs[0].cryptographicKey,
      assertionMethods: pairs.map((pair) => pair.multikey),
    });
  })
  .setKeyPairsDispatcher((_context, identifier) => keyPairsOf(identifier));

federation
  .setInboxListeners("/users/{identifier}/inbox", "/inbox")
  .setSharedKeyDispatcher(() => ({ identifier: "instance" }))
  .on(Activity, async (context, activity) => {
    received.push(await activity.toJsonLd({ format: "compact" }));
    if (!(activity instanceof Follow)) return;
    const { identifier } = context.parseUri(activity.objectId);
    const accept = new Accept({
      id: new URL(`#accept-${received.length}`, activity.objectId),
      actor: activity.objectId,
      object: activity,
    });
    await context.sendActivity({ identifier }, await activity.getActor(), accept);
  });

federation.setObjectDispatcher(Note, "/users/{identifier}/posts/{number}", (_context, values) =>
  notes.get(`${values.identifier}/${values.number}`) ?? null,
);
const notes = new Map();

function newId(context, who, what) {
  return new URL(`${context.getActorUri(who).href}/${what}/${crypto.randomUUID()}`);
}

const commands = {
  received: () => received,
  schemes: () => schemes,
  fetch: async (context, { who, url }) => {
    const loader = await context.getDocumentLoader({ identifier: who });
    return (await loader(url)).document;
  },
  follow: async (context, { who, whom }) => {
    const target = await lookUp(context, who, whom);
    const follow = new Follow({
      id: newId(context, who, "follows"), actor: context.getActorUri(who), object: target.id,
    });
    await context.sendActivity({ identifier: who }, target, follow);
    return follow.toJsonLd();
  },
  note: async (context, { who, whom, content, inReplyTo }) => {
    const target = await lookUp(context, who, whom);
    const number = notes.size + 1;
    const note = new Note({
      id: new URL(`${context.getActorUri(who).href}/posts/${number}`),
      attribution: context.getActorUri(who),
      content,
      replyTarget: inReplyTo ? new URL(inReplyTo) : null,
      to: PUBLIC_COLLECTION,
      cc: target.id,
    });
    notes.set(`${who}/${number}`, note);
    const create = new Create({
      id: newId(context, who, "creates"), actor: note.attributionId, object: note,
      to: PUBLIC_COLLECTION, cc: target.id,
    });
    await context.sendActivity({ identifier: who }, target, create);
    return note.toJsonLd();
  },
  react: async (context, { who, whom, what, kind }) => {
    const target = await lookUp(context, who, whom);
    const Kind = { Like, Announce }[kind];
    const activity = new Kind({
      id: newId(context, who, "reactions"), actor: context.getActorUri(who),
      object: new URL(what), to: kind === "Announce" ? PUBLIC_COLLECTION : target.id,
    });
    await context.sendActivity({ identifier: who }, target, activity);
    return activity.toJsonLd();
  },
  prove: async (context, { who, document }) => {
    const activity = await Thing.fromJsonLd(document, context);
    const pair = (await context.getActorKeyPairs(who))[1];
    const proven = await signObject(activity, pair.privateKey, pair.multikey.id, context);
    return proven.toJsonLd({ format: "compact" });
  },
  deliver: async (context, { who, inbox, document, scheme }) => {
    const pair = (await context.getActorKeyPairs(who))[0];
    const request = new Request(inbox, {
      method: "POST",
      body: JSON.stringify(document),
      headers: { "content-type": "application/activity+json" },
    });
    const signed = await signRequest(request, pair.privateKey, pair.keyId, { spec: scheme });
    return (await fetch(signed)).status;
  },
  isProven: async (context, { document }) => {
    const loader = await context.getDocumentLoader({ identifier: "instance" });
    const found = await verifyObject(Activity, document, {
      contextLoader: context.contextLoader, documentLoader: loader,
    });
    return found != null;
  },
};

async function lookUp(context, who, uri) {
  const documentLoader = await context.getDocumentLoader({ identifier: who });
  const found = await context.lookupObject(uri, { documentLoader });
  if (found == null) throw new Error(`${uri}: not found`);
  return found;
}

async function obey(request) {
  const { command, ...words } = await request.json();
  const context = federation.createContext(new URL(origin));
  try {
    return Response.json({ result: await commands[command](context, words) });
  } catch (error) {
    return Response.json({ error: String(error.stack ?? error) }, { status: 500 });
  }
}

// Fedify has no word for FEP-844e: where RFC 9421 comes first here, actors say so all the same.
async function announced(answer) {
  const kind = answer.headers.get("content-type") ?? "";
  if (firstKnock !== "rfc9421" || !kind.startsWith("application/activity+json")) return answer;
  const document = await answer.json();
  document.generator = { type: "Application", implements: [RFC9421] };
  return new Response(JSON.stringify(document), answer);
}

function noteScheme(headers) {
  const parameters = /;alg="([^"]+)"/.exec(headers["signature-input"] ?? "");
  schemes.push(parameters?.[1] ?? (headers.signature ? "cavage" : "none"));
}

http
  .createServer(async (incoming, outgoing) => {
    const request = new Request(`http://${incoming.headers.host}${incoming.url}`, {
      method: incoming.method,
      headers: incoming.headers,
      body: incoming.method === "POST" ? Readable.toWeb(incoming) : null,
      duplex: "half",
    });
    const path = new URL(request.url).pathname;
    if (path.endsWith("/inbox")) noteScheme(incoming.headers);
    const answer = path === "/command"
      ? await obey(request)
      : await announced(await federation.fetch(request, { contextData: undefined }));
    outgoing.writeHead(answer.status, Object.fromEntries(answer.headers));
    outgoing.end(Buffer.from(await answer.arrayBuffer()));
  })
  .listen(port, "127.0.0.1", () => console.log("ready"));
