// One step of a doctor's story with megalodon: a request as JSON on standard input, what was seen on output.
import generator from "megalodon";
import { readFileSync, createReadStream } from "node:fs";

const SCOPES = ["read", "write", "follow"];

async function register({ url }) {
  const app = await generator("mastodon", url).registerApp("megalodon", { scopes: SCOPES });
  return { app, address: app.url };
}

async function signIn({ url, app, code }) {
  const client = generator("mastodon", url);
  return await client.fetchAccessToken(app.client_id ?? app.clientId, app.client_secret ?? app.clientSecret, code);
}

async function story({ url, mine, other, picture }) {
  const me = generator("mastodon", url, mine);
  const colleague = generator("mastodon", url, other);
  const heard = [];
  const stream = await me.userStreaming();
  const connected = new Promise((resolve, reject) => {
    stream.on("connect", resolve);
    stream.on("error", reject);
  });
  const enough = new Promise((resolve) => {
    stream.on("update", (status) => heard.push(["update", status.id]));
    stream.on("notification", (notice) => {
      heard.push(["notification", notice.type]);
      resolve();
    });
  });
  await connected;

  const account = (await me.verifyAccountCredentials()).data;
  const peer = (await colleague.verifyAccountCredentials()).data;
  const media = (await me.uploadMedia(createReadStream(picture), { description: "Tracé" })).data;
  const posted = (await me.postStatus("Un tracé #ecg", { visibility: "public", media_ids: [media.id] })).data;
  const asked = (
    await me.postStatus("Votre avis ?", {
      visibility: "public",
      poll: { options: ["Oui", "Non"], expires_in: 3600 },
    })
  ).data;
  const vote = (await colleague.votePoll(asked.poll.id, [1])).data;
  await colleague.postStatus(`@${account.acct} un cas à voir`, { visibility: "direct" });
  await enough;
  stream.stop();

  const filter = (await me.createFilter("football", ["home"], { whole_word: true })).data;
  const asking = (await me.followAccount(peer.id)).data;
  if (asking.requested) await colleague.acceptFollowRequest(account.id);
  const list = (await me.createList("Service")).data;
  await me.addAccountsToList(list.id, [peer.id]);
  const match = (await colleague.postStatus("le football", { visibility: "public" })).data;
  return {
    posted,
    asked: asked.id,
    vote,
    heard,
    filter,
    list: list.title,
    members: (await me.getAccountsInList(list.id)).data,
    listed: (await me.getListTimeline(list.id)).data.map((status) => status.id),
    matched: match.id,
    notices: (await me.getNotifications()).data.map((notice) => notice.type),
    conversations: (await me.getConversationTimeline()).data.length,
    found: (await me.search("tracé", { type: "statuses" })).data.statuses.map((status) => status.id),
    instance: (await me.getInstance()).data.uri,
  };
}

const steps = { register, signIn, story };
const { step, ...given } = JSON.parse(readFileSync(0, "utf-8"));
console.log(JSON.stringify(await steps[step](given)));
process.exit(0);
