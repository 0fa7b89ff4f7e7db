// Speaks English before a module under test is loaded, as words.en.js does on the page: import this one first.

import { readFileSync } from "node:fs";

import { speak } from "../../src/digitpad/web/static/say.js";

const file = new URL("../../src/digitpad/web/words/en.json", import.meta.url);
const { locale, modules } = JSON.parse(readFileSync(file, "utf-8"));
speak(locale, modules);
