// Uses a server through the SDK social-media-api as its users do, and takes its webhooks with
// the library standardwebhooks.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import http from "node:http";

import SocialMediaAPI from "social-media-api";
import { Webhook } from "standardwebhooks";

const [url, apiKey] = process.argv.slice(2);
const patience = 30_000; // ms
let passed = 0;
const check = async (name, run) => {
  try {
    await run();
  } catch (error) {
    throw new Error(name, { cause: error });
  }
  passed++;
  console.log("ok", name);
};

// receiver hands over what it is sent, as it came.
const arrived = [];
let waiting;
const receiver = http.createServer((req, res) => {
  const parts = [];
  req.on("data", (part) => parts.push(part));
  req.on("end", () => {
    arrived.push({ path: req.url, headers: req.headers, body: Buffer.concat(parts).toString() });
    res.writeHead(204).end();
    waiting?.();
  });
});
await new Promise((ready) => receiver.listen(0, "127.0.0.1", ready));
const hook = (path) => `http://127.0.0.1:${receiver.address().port}${path}`;
const nextCall = async (path) => {
  const deadline = Date.now() + patience;
  for (;;) {
    const i = arrived.findIndex((call) => call.path === path);
    if (i >= 0) return arrived.splice(i, 1)[0];
    assert(Date.now() < deadline, `${path} was not called`);
    await new Promise((wake) => {
      waiting = wake;
      setTimeout(wake, 1000).unref();
    });
  }
};

// request is for what the SDK has no method for.
const request = async (method, path, body, profileKey) => {
  const headers = { Authorization: `Bearer ${apiKey}`, "Content-Type": "application/json" };
  if (profileKey) headers["Profile-Key"] = profileKey;
  const res = await fetch(url + path, { method, headers, body: body && JSON.stringify(body) });
  const answer = await res.json();
  assert.equal(res.status, 200, JSON.stringify(answer));
  return answer;
};
const linkJohn = (profileKey) =>
  request("POST", "/profiles/social", { platform: "linkedin", accessToken: "SANDBOX_OTHER_TOKEN", expiresIn: 5184000, id: "urn:li:person:jR0e-Zz_42" }, profileKey);

// ---- profiles

const primary = new SocialMediaAPI(apiKey);
const client = new SocialMediaAPI(apiKey);
let profile;

await check("createProfile", async () => {
  profile = await primary.createProfile({ title: "Made by the SDK" });
  assert.equal(profile.status, "success");
  assert.equal(profile.title, "Made by the SDK");
  assert.match(profile.refId, /^[0-9a-f]{40}$/);
  assert.match(profile.profileKey, /^[0-9A-Z]{7}(-[0-9A-Z]{7}){3}$/);
  assert.equal(profile.messagingActive, false);
});
await check("createProfile, a title that is taken", async () => {
  const got = await primary.createProfile({ title: "Made by the SDK" });
  assert.deepEqual([got.status, got.code], ["error", 146]);
  assert.equal(got.profileKey, undefined);
});
await check("getProfiles", async () => {
  const got = await primary.getProfiles();
  assert.equal(got.count, 1);
  const [p] = got.profiles;
  assert.deepEqual([p.status, p.title, p.refId, p.suspended, p.activeSocialAccounts], ["active", "Made by the SDK", profile.refId, false, []]);
  assert.equal(new Date(p.created._seconds * 1000).getUTCFullYear(), new Date(p.createdUTC).getUTCFullYear());
  assert(!JSON.stringify(got).includes(profile.profileKey), "the key is told again");
});
await check("getProfiles, chosen by what they have", async () => {
  const got = await primary.getProfiles({ title: "Nobody", includesActiveSocialAccounts: ["linkedin"] });
  assert.deepEqual([got.count, got.profiles], [0, []]);
});
await check("updateProfile", async () => {
  const got = await primary.updateProfile({ profileKey: profile.profileKey, title: "Renamed", displayTitle: "Renamed Ltd" });
  assert.deepEqual([got.status, got.refId], ["success", profile.refId]);
  assert.equal((await primary.getProfiles({ refId: profile.refId })).profiles[0].displayTitle, "Renamed Ltd");
});
await check("generateJWT", async () => {
  const got = await primary.generateJWT({ domain: "ACME", privateKey: "unused", profileKey: profile.profileKey, expiresIn: 30 });
  assert.deepEqual([got.status, got.title, got.emailSent, got.expiresIn], ["success", "Renamed", false, "30m"]);
  assert(got.token.length > 20 && got.url.startsWith(url + "/link/open/"), JSON.stringify(got));
  const page = await fetch(got.url, { redirect: "manual" });
  assert.deepEqual([page.status, page.headers.get("location")?.startsWith("/link/")], [303, true]);
});
client.setProfileKey(profile.profileKey);
await linkJohn(profile.profileKey);
await check("setProfileKey and user", async () => {
  const got = await client.user();
  assert.deepEqual([got.title, got.refId, got.activeSocialAccounts], ["Renamed", profile.refId, ["linkedin"]]);
  assert.equal(got.displayNames[0].displayName, "John Roe");
  assert.notEqual((await primary.user()).refId, profile.refId);
});
let post;
await check("post for a profile", async () => {
  post = await client.post({ post: "By the SDK, for a profile", platforms: ["linkedin"] });
  assert.deepEqual([post.status, post.errors, post.refId], ["success", [], profile.refId]);
  assert.equal(post.postIds[0].platform, "linkedin");
});
await check("history of a profile, and of no other", async () => {
  const has = (got) => JSON.stringify(got).includes(post.id);
  assert.deepEqual([has(await client.history()), has(await primary.history())], [true, false]);
});

// ---- webhooks

const standard = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
await check("registerWebhook", async () => {
  const got = await client.registerWebhook({ action: "social", url: hook("/social"), secret: standard });
  assert.deepEqual([got.status, got.refId], ["success", profile.refId]);
});
await check("listWebhooks", async () => {
  const got = JSON.stringify(await client.listWebhooks());
  assert(got.includes(hook("/social")) && !got.includes(standard), got);
  assert(!JSON.stringify(await primary.listWebhooks()).includes(hook("/social")), "the primary profile has it");
});
await check("unlinkSocial", async () => {
  const got = await client.unlinkSocial({ platform: "linkedin" });
  assert.deepEqual([got.status, got.platform, got.refId], ["success", "linkedin", profile.refId]);
  assert.equal((await client.user()).activeSocialAccounts, undefined); // left out where nothing is linked
});
let call;
await check("a call of the webhook, verified", async () => {
  call = await nextCall("/social");
  const notice = new Webhook(standard).verify(call.body, call.headers);
  assert.deepEqual([notice.action, notice.type, notice.refId, notice.displayName], ["social", "unlink", profile.refId, "John Roe"]);
  assert.equal(notice.hookId, call.headers["webhook-id"]);
});
await check("its other headers", async () => {
  const digest = createHmac("sha256", standard).update(call.body).digest("hex");
  assert.equal(call.headers["x-authorization-content-sha256"], digest);
  assert.equal(call.headers["x-authorization-content-sha256-v2"], `v1=${digest}`);
  assert.equal(call.headers["x-authorization-timestamp"], call.headers["webhook-timestamp"]);
});
for (const [what, body, headers, secret] of [
  ["another body", call.body.replace("John", "Jane"), {}, standard],
  ["a space more", call.body + " ", {}, standard],
  ["another secret", call.body, {}, "whsec_" + Buffer.alloc(24, 1).toString("base64")],
  ["another id", call.body, { "webhook-id": "another" }, standard],
  ["an old time", call.body, { "webhook-timestamp": String(Math.floor(Date.now() / 1000) - 600) }, standard],
  ["another signature", call.body, { "webhook-signature": "v1," + Buffer.alloc(32).toString("base64") }, standard],
]) {
  await check(`refused: ${what}`, async () => {
    assert.throws(() => new Webhook(secret).verify(body, { ...call.headers, ...headers }), { name: "WebhookVerificationError", message: /signature|timestamp/i });
  });
}
await check("two signatures while the secret is exchanged", async () => {
  const { secret } = await request("POST", "/hook/webhook/secret", { action: "social" }, profile.profileKey);
  await linkJohn(profile.profileKey);
  const rotation = await nextCall("/social");
  for (const known of [standard, secret]) {
    assert.equal(new Webhook(known).verify(rotation.body, rotation.headers).type, "link");
  }
  assert.equal(rotation.headers["webhook-signature"].split(" ").length, 2);
});
for (const [what, secret, key] of [
  ["of letters", "plain words", "plain words"],
  ["of other letters, as bytes", "plain wörds", Buffer.from("plain wörds")], // the library takes texts for Latin-1
]) {
  await check(`a secret without the prefix, ${what}`, async () => {
    await client.registerWebhook({ action: "scheduled", url: hook("/scheduled"), secret });
    const soon = new Date(Date.now() + 2000).toISOString();
    const scheduled = await client.post({ post: `By the SDK, later: ${what}`, platforms: ["linkedin"], scheduleDate: soon });
    assert.equal(scheduled.status, "scheduled");
    const told = await nextCall("/scheduled");
    const notice = new Webhook(key, { format: "raw" }).verify(told.body, told.headers);
    assert.deepEqual([notice.action, notice.status, notice.id], ["scheduled", "success", scheduled.id]);
    assert.equal(told.headers["x-authorization-content-sha256"], createHmac("sha256", secret).update(told.body).digest("hex"));
  });
}
await check("unregisterWebhook", async () => {
  assert.equal((await client.unregisterWebhook({ action: "social" })).status, "success");
  const got = JSON.stringify(await client.listWebhooks());
  assert(!got.includes(hook("/social")) && got.includes(hook("/scheduled")), got);
});

// ---- the end

await check("deleteProfile", async () => {
  const got = await primary.deleteProfile({ profileKey: profile.profileKey });
  assert.deepEqual([got.status, got.refId], ["success", profile.refId]);
  assert.equal((await primary.getProfiles()).count, 0);
});
await check("the key of a deleted profile", async () => {
  const got = await client.user();
  assert.equal(got.status, "error", JSON.stringify(got));
});

receiver.close();
receiver.closeAllConnections();
assert.deepEqual(arrived, []);
console.log(`${passed} checks passed`);
