// A real OpenID provider (oidc-provider): everybody whose name is typed signs on, with the claims
// that standard input gave for that name: {"issuer": …, "port": …, "clients": […], "people": {…}}.
import { createServer } from "node:http";
import { readFileSync } from "node:fs";
import Provider from "oidc-provider";

const said = JSON.parse(readFileSync(0, "utf8"));
const provider = new Provider(said.issuer, {
  clients: said.clients,
  claims: { openid: ["sub"], scope_all: said.claims, profile: said.claims, email: ["email"] },
  scopes: ["openid", "scope_all", "profile", "email"],
  conformIdTokenClaims: true,
  features: { devInteractions: { enabled: true } },
  findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id, ...said.people[id] }) }),
  cookies: { keys: ["only for tests"] },
  pkce: { required: () => true },
});
const answer = provider.callback();
createServer((request, response) => {
  // Pro Santé Connect keeps its discovery document elsewhere.
  request.url = request.url.replace("wallet-openid-configuration", "openid-configuration");
  answer(request, response);
}).listen(said.port, "127.0.0.1", () => console.log("ready"));
