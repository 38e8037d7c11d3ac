// A certified OpenID provider on loopback for the tests. Who signs in, and how surely, is what the test posts to its
// interaction page; POST /rotate gives it a new signing key while it runs.
//
//     node server.mjs '{"clients": [...], "people": {"sub": {claims}}}'   prints its issuer

import { generateKeyPairSync, randomUUID } from "node:crypto";
import { createServer } from "node:http";
import Provider, { interactionPolicy } from "oidc-provider";

const { clients, people } = JSON.parse(process.argv[2]);
const server = createServer(answer);
let provider;

function key() {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return { ...privateKey.export({ format: "jwk" }), kid: randomUUID(), use: "sig", alg: "ES256" };
}

// A session that was confirmed less surely than the site asks for is asked again.
function policy() {
  const base = interactionPolicy.base();
  const sure = new interactionPolicy.Check("not_sure_enough", "confirmed less surely than asked for", (ctx) => {
    const { session, params } = ctx.oidc;
    const asked = (params.acr_values || "").split(" ").filter(Boolean);
    return asked.length > 0 && !asked.includes(session.acr) && !ctx.oidc.result?.login;
  });
  base.get("login").checks.add(sure);
  return base;
}

function start(issuer) {
  provider = new Provider(issuer, {
    clients,
    jwks: { keys: [key()] },
    cookies: { keys: ["of the tests"] },
    pkce: { required: () => true },
    clientDefaults: { id_token_signed_response_alg: "ES256" },
    acrValues: ["urn:test:password", "urn:test:face"],
    claims: { acr: null, sid: null, auth_time: null, profile: ["name", "national_id"], email: ["email"] },
    features: { devInteractions: { enabled: false }, backchannelLogout: { enabled: true } },
    interactions: { policy: policy(), url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
    fetch: (url, options) => fetch(url, { ...options, dispatcher: undefined }), // the tests' site is on loopback too
    findAccount: (_ctx, sub) => ({ accountId: sub, claims: () => ({ sub, ...people[sub] }) }),
  });
  provider.on("server_error", (_ctx, error) => console.error(error));
}

async function form(request) {
  let body = "";
  for await (const chunk of request) body += chunk;
  return new URLSearchParams(body);
}

// What the person says of themselves: who they are, how they confirmed it, and how many seconds ago.
async function decide(request, response) {
  const { params } = await provider.interactionDetails(request, response);
  const said = await form(request);
  const accountId = said.get("sub");
  const grant = new provider.Grant({ accountId, clientId: params.client_id });
  grant.addOIDCScope("openid profile email");
  const ts = Math.floor(Date.now() / 1000) - Number(said.get("ago") || 0);
  const login = { accountId, acr: said.get("acr") || undefined, ts };
  await provider.interactionFinished(request, response, { login, consent: { grantId: await grant.save() } });
}

async function answer(request, response) {
  try {
    if (request.method === "POST" && request.url === "/rotate") {
      start(provider.issuer);
      response.writeHead(204).end();
    } else if (request.method === "POST" && request.url.startsWith("/interaction/")) {
      await decide(request, response);
    } else {
      provider.callback()(request, response);
    }
  } catch (error) {
    console.error(error);
    response.writeHead(500).end(String(error));
  }
}

server.listen(0, "127.0.0.1", () => {
  start(`http://127.0.0.1:${server.address().port}`);
  console.log(provider.issuer);
});
