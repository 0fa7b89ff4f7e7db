// The way into a class: a teacher begins one, and gets its code and its secret link.

import { say } from "./say.js";
import { serverAt } from "./server.js";

const at = (id) => document.getElementById(id);
const server = serverAt(document.body.dataset.api);
let isAsking = false;

at("begin").addEventListener("click", async () => {
  if (isAsking) return; // a double click is one press, and begins one class
  isAsking = true;
  try {
    const { code, key } = await server.beginClass();
    // Not built from this page's own address, which may be that of a mistyped class.
    const join = new URL(`${document.querySelector("form").action}/${code}`);
    at("join-link").href = join.href;
    // On a phone, the line is broken before the code, not within it.
    const before = `${join.host}${join.pathname}`.slice(0, -code.length);
    at("join-link").replaceChildren(before, document.createElement("wbr"), code);
    // After the #, the key is in no request, no log and no Referer.
    at("wall-link").href = `${join.href}/wall#${key}`;
    at("begin").hidden = true;
    at("begun").hidden = false;
    at("begun").focus();
    at("said").textContent = say("class.begun", { code });
  } catch {
    at("said").textContent = say("class.not_begun");
  }
  isAsking = false;
});
