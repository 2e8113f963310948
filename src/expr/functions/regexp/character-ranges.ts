/** Sets of code points as sorted, disjoint ranges [low, high, low, high, …]. */
export type Ranges = readonly number[]

const maxCodePoint = 0x10ffff

export function complement(ranges: Ranges): Ranges {
  const out: number[] = []
  let from = 0
  for (let k = 0; k < ranges.length; k += 2) {
    if (ranges[k] > from) out.push(from, ranges[k] - 1)
    from = ranges[k + 1] + 1
  }
  if (from <= maxCodePoint) out.push(from, maxCodePoint)
  return out
}

/** As the inside of a character class. */
export function classText(ranges: Ranges): string {
  let text = ''
  for (let k = 0; k < ranges.length; k += 2) {
    text += ranges[k] === ranges[k + 1] ? hex(ranges[k]) : `${hex(ranges[k])}-${hex(ranges[k + 1])}`
  }
  return text
}

/** A code point in a form that means itself in and outside a class. */
export function hex(codePoint: number): string {
  return `\\x{${codePoint.toString(16)}}`
}

/** Java's classes by the letter of their escape; the upper-case letter is the complement. */
export const escapeClasses: ReadonlyMap<string, Ranges> = new Map([
  ['d', [48, 57]],
  ['w', [48, 57, 65, 90, 95, 95, 97, 122]],
  ['s', [9, 13, 32, 32]],
  ['h', [9, 9, 32, 32, 0xa0, 0xa0, 0x1680, 0x1680, 0x180e, 0x180e, 0x2000, 0x200a, 0x202f, 0x202f, 0x205f, 0x205f, 0x3000, 0x3000]],
  ['v', [10, 13, 0x85, 0x85, 0x2028, 0x2029]],
])

/** The POSIX names, which in Java mean ASCII only. */
export const posixClasses: ReadonlyMap<string, Ranges> = new Map([
  ['Lower', [97, 122]],
  ['Upper', [65, 90]],
  ['ASCII', [0, 127]],
  ['Alpha', [65, 90, 97, 122]],
  ['Digit', [48, 57]],
  ['Alnum', [48, 57, 65, 90, 97, 122]],
  ['Punct', [33, 47, 58, 64, 91, 96, 123, 126]],
  ['Graph', [33, 126]],
  ['Print', [32, 126]],
  ['Blank', [9, 9, 32, 32]],
  ['Cntrl', [0, 31, 127, 127]],
  ['XDigit', [48, 57, 65, 70, 97, 102]],
  ['Space', [9, 13, 32, 32]],
])

/** What a dot does not match: Java's line terminators. */
export const lineTerminators: Ranges = [10, 10, 13, 13, 0x85, 0x85, 0x2028, 0x2029]
