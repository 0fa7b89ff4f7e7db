// What to draw next: each digit as often as the others, in random order. No page, no server.
//
// A state is { round, done }: the digits that are still to come in this round of ten, and those that were drawn.
// States are never modified: each step makes a new one.

export const GOAL = 20; // drawings after which somebody has done enough: two of each digit

/** The ten digits in a random order (Fisher and Yates). */
export function shuffled(random) {
  const digits = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
  for (let last = 9; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1));
    [digits[last], digits[other]] = [digits[other], digits[last]];
  }
  return digits;
}

export const begun = (random = Math.random) => ({ round: shuffled(random), done: [] });

/** The digit to draw now. */
export const asked = ({ round }) => round[0];

/** What comes after `digit`: the rest of the round, or a new round that does not begin with the same digit. */
function following(rest, digit, random) {
  if (rest.length) return rest;
  const round = shuffled(random);
  return round[0] === digit ? [...round.slice(1), digit] : round;
}

/** It was drawn. */
export const drawn = ({ round: [digit, ...rest], done }, random = Math.random) => ({
  round: following(rest, digit, random),
  done: [...done, digit],
});

/** Not now: it comes again at the end of the round, so that none is drawn less often than others. */
export const skipped = ({ round: [digit, ...rest], done }, random = Math.random) => ({
  round: [...following(rest, digit, random), digit],
  done,
});

/** The last one was taken back: it is asked for again. */
export const takenBack = ({ round, done }) => ({ round: [done.at(-1), ...round], done: done.slice(0, -1) });

/** The state that was kept, or a new one if it is invalid. */
export function from(kept, random = Math.random) {
  const areDigits = (list) => Array.isArray(list) && list.every((each) => Number.isInteger(each) && each >= 0 && each <= 9);
  return areDigits(kept?.round) && kept.round.length && areDigits(kept.done) ? kept : begun(random);
}
