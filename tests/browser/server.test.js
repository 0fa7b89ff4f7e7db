// How long server.js waits. Run: node --test tests/browser/*.test.js

import assert from "node:assert/strict";
import { test } from "node:test";

import { serverAt } from "../../src/digitpad/web/static/server.js";

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
