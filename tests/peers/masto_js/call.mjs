// One step of a doctor's story with masto.js: a request as JSON on standard input, what was seen on output.
import { createOAuthAPIClient, createRestAPIClient, createStreamingAPIClient } from "masto";
import { readFileSync } from "node:fs";

const OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob";
const SCOPE = "read write follow push";

async function register({ url }) {
  const app = await createRestAPIClient({ url }).v1.apps.create({
    clientName: "masto.js",
    redirectUris: OUT_OF_BAND,
    scopes: SCOPE,
  });
  const asked = new URLSearchParams({
    client_id: app.clientId,
    redirect_uri: OUT_OF_BAND,
    response_type: "code",
    scope: SCOPE,
  });
  return { app, address: `${url}/oauth/authorize?${asked}` };
}

async function signIn({ url, app, code }) {
  return await createOAuthAPIClient({ url }).token.create({
    grantType: "authorization_code",
    clientId: app.clientId,
    clientSecret: app.clientSecret,
    redirectUri: OUT_OF_BAND,
    scope: SCOPE,
    code,
  });
}

async function story({ url, mine, other, picture }) {
  const me = createRestAPIClient({ url, accessToken: mine });
  const colleague = createRestAPIClient({ url, accessToken: other });
  const instance = await me.v2.instance.fetch();
  const streaming = createStreamingAPIClient({
    streamingApiUrl: instance.configuration.urls.streaming,
    accessToken: mine,
    retry: false,
  });
  const heard = [];
  const subscription = streaming.user.subscribe();
  const listening = (async () => {
    for await (const event of subscription) {
      heard.push([event.event, event.payload?.id ?? event.payload]);
      if (heard.some(([name]) => name === "notification") && heard.length >= 3) return;
    }
  })();
  await streaming.prepare();

  const account = await me.v1.accounts.verifyCredentials();
  const peer = await colleague.v1.accounts.verifyCredentials();
  const media = await me.v2.media.create({
    file: new File([readFileSync(picture)], "ecg.png", { type: "image/png" }),
    description: "Tracé",
  });
  const posted = await me.v1.statuses.create({
    status: "Un tracé #ecg",
    visibility: "public",
    mediaIds: [media.id],
  });
  const asked = await me.v1.statuses.create({
    status: "Votre avis ?",
    visibility: "public",
    poll: { options: ["Oui", "Non"], expiresIn: 3600 },
  });
  const vote = await colleague.v1.polls.$select(asked.poll.id).votes.create({ choices: [1] });
  await colleague.v1.statuses.create({
    status: `@${account.acct} un cas à voir`,
    visibility: "direct",
  });
  await listening;
  subscription.unsubscribe();
  streaming.close();

  const filter = await me.v2.filters.create({
    title: "Sport",
    context: ["home", "public"],
    filterAction: "warn",
    keywordsAttributes: [{ keyword: "football", wholeWord: true }],
  });
  const asking = await me.v1.accounts.$select(peer.id).follow();
  if (asking.requested) await colleague.v1.followRequests.$select(account.id).authorize();
  const list = await me.v1.lists.create({ title: "Service" });
  await me.v1.lists.$select(list.id).accounts.create({ accountIds: [peer.id] });
  const match = await colleague.v1.statuses.create({ status: "le football", visibility: "public" });
  const seen = await me.v1.statuses.$select(match.id).fetch();
  const pages = me.v1.accounts.$select(account.id).statuses.list({ limit: 1 })[Symbol.asyncIterator]();
  const first = (await pages.next()).value;
  const second = (await pages.next()).value;
  return {
    posted,
    asked: asked.id,
    vote,
    heard,
    filter,
    filtered: seen.filtered,
    list: list.title,
    members: await me.v1.lists.$select(list.id).accounts.list(),
    listed: (await me.v1.timelines.list.$select(list.id).list()).map((status) => status.id),
    matched: match.id,
    notices: (await me.v1.notifications.list()).map((notice) => notice.type),
    conversations: (await me.v1.conversations.list()).length,
    groups: (await me.v2.notifications.list()).notificationGroups.length,
    pages: [first.map((status) => status.id), second.map((status) => status.id)],
    found: (await me.v2.search.list({ q: "tracé", type: "statuses" })).statuses.map((s) => s.id),
  };
}

const steps = { register, signIn, story };
const { step, ...given } = JSON.parse(readFileSync(0, "utf-8"));
console.log(JSON.stringify(await steps[step](given)));
process.exit(0);
