// Words in the reader's language. The server makes words.<language>.js from words/<language>.json; the page loads
// that file first, and it passes the words to this module. No other module contains visible words.

let words = {};
let plural = new Intl.PluralRules("en");

/** How dates and numbers are written in this language. */
export let locale = "en";

export function speak(tag, all) {
  [locale, words, plural] = [tag, all, new Intl.PluralRules(tag)];
}

const find = (key) => key.split(".").reduce((part, name) => part?.[name], words);

/** Whether there are words for `key`. */
export const knows = (key) => find(key) !== undefined;

/** The words for `key`, such as "answer.refused", with `values` for each {name}; `count` selects the plural form. */
export function say(key, values = {}) {
  const found = find(key);
  const text = typeof found === "object" ? (found[plural.select(values.count)] ?? found.other) : found;
  if (text === undefined) throw new Error(`no words for ${key}`);
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}
