// How long server.js waits, and what it does where no cookie comes back. Run: node --test tests/browser/*.test.js

import assert from "node:assert/strict";
import { test } from "node:test";

import { classAt, serverAt } from "../../src/digitpad/web/static/server.js";

test("a picture on a slow line is waited for until it is through, strokes no longer than before", async (scene) => {
  const waited = [];
  scene.mock.method(AbortSignal, "timeout", (milliseconds) => waited.push(milliseconds));
  scene.mock.method(globalThis, "fetch", async () => Response.json({}));
  const server = serverAt("/");
  await server.preview({ ink: { strokes: [[[1, 1, 0]]] } }, []);
  await server.predict({ image: "x".repeat(1_300_000) }, "key", []);
  const [strokes, picture] = waited.filter((each) => each !== 15_000); // ask's own, which these replace
  assert.ok(strokes < 16_000);
  assert.ok(picture > 1_300_000 / 25); // at 200 kbit/s
});

test("a preview is given up when that is told", async (scene) => {
  const given = new AbortController();
  scene.mock.method(AbortSignal, "timeout", () => new AbortController().signal);
  scene.mock.method(globalThis, "fetch", (_, { signal }) => new Promise((_, fail) => (signal.onabort = fail)));
  const asking = serverAt("/").preview({ image: "x" }, [], given.signal);
  given.abort();
  await assert.rejects(asking, { status: 0, code: "unreachable" });
});

test("an answer that was cut off is none: it is no refusal", async (scene) => {
  scene.mock.method(AbortSignal, "timeout", () => undefined);
  scene.mock.method(globalThis, "fetch", async () => new Response('{"id": "0', { status: 201 }));
  await assert.rejects(serverAt("/").predict({ image: "x" }, "key", []), { status: 0, code: "unreachable" });
});

/** Answer as the server does where a key has come without a cookie, `refusals` times; tells what was sent. */
function forgetful(scene, refusals) {
  const sent = [];
  scene.mock.method(AbortSignal, "timeout", () => undefined); // Node's takes whole milliseconds only
  scene.mock.method(globalThis, "fetch", async (_, { headers, body }) => {
    const key = headers["Idempotency-Key"];
    sent.push({ key, ...JSON.parse(body) });
    if (key && sent.length <= refusals) return Response.json({ code: "bad-idempotency-key" }, { status: 400 });
    return Response.json({ recorded: JSON.parse(body).record !== false });
  });
  return sent;
}

test("whose cookie has gone meanwhile is recorded under the next one", async (scene) => {
  const sent = forgetful(scene, 1);
  const answer = await serverAt("/").predict({ image: "x" }, "key", []);
  assert.deepEqual(sent.map(({ key, record }) => [key, record]), [["key", undefined], ["key", undefined]]);
  assert.deepEqual(answer, { recorded: true });
});

test("without cookies a drawing is read all the same, and one for a class is added", async (scene) => {
  const sent = forgetful(scene, Infinity);
  assert.deepEqual(await serverAt("/").predict({ image: "x" }, "key", []), { recorded: false, cookieless: true });
  assert.deepEqual([sent.at(-1).key, sent.at(-1).record], [undefined, false]);
  await classAt("/", "CODE").add({ key: "key", asked: 7, ink: {} });
  assert.deepEqual([sent.at(-1).key, sent.at(-1).asked], [undefined, 7]);
});
