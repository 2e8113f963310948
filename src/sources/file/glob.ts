import { makeError, type MillraceError } from '../../common/errors.ts'

/** A path pattern: where to start, and one matcher per path segment below. `**` stands for any number of folders. */
export interface Glob {
  /** The folders before the first segment with a special character. */
  readonly root: string
  readonly segments: readonly string[]
}

const special = /[*?[\]{}]/

export function isGlob(path: string): boolean {
  return special.test(path)
}

/**
 * Splits a pattern; `{a,b}` gives one glob per alternative, all with the same root.
 * @throws AnalysisError PLAN_INVALID_OPTION for a bracket or brace that is not closed, or more than 1,000 alternatives
 */
export function parseGlob(pattern: string): readonly Glob[] {
  const all = pattern.split('/')
  let fixed = 0
  while (fixed < all.length - 1 && !special.test(all[fixed])) fixed++
  const root = fixed === 0 ? '.' : all.slice(0, fixed).join('/') || '/'
  return expandBraces(all.slice(fixed).join('/'), pattern).map(text => {
    const segments = text.split('/').filter(s => s !== '')
    for (const segment of segments) checkBrackets(segment, pattern)
    return { root, segments }
  })
}

function expandBraces(text: string, pattern: string): string[] {
  const open = text.indexOf('{')
  if (open < 0) {
    if (text.includes('}')) throw badPattern(pattern, 'a "}" without "{"')
    return [text]
  }
  let depth = 0
  let start = open + 1
  const alternatives: string[] = []
  for (let i = open; i < text.length; i++) {
    const c = text[i]
    if (c === '{') depth++
    else if (c === ',' && depth === 1) {
      alternatives.push(text.slice(start, i))
      start = i + 1
    } else if (c === '}' && --depth === 0) {
      alternatives.push(text.slice(start, i))
      const tails = expandBraces(text.slice(i + 1), pattern)
      const out: string[] = []
      for (const alternative of alternatives) {
        for (const middle of expandBraces(alternative, pattern)) for (const tail of tails) out.push(text.slice(0, open) + middle + tail)
      }
      if (out.length > 1000) throw badPattern(pattern, 'more than 1,000 alternatives')
      return out
    }
  }
  throw badPattern(pattern, 'a "{" without "}"')
}

function checkBrackets(segment: string, pattern: string): void {
  for (let i = segment.indexOf('['); i >= 0; i = segment.indexOf('[', i)) {
    const end = classEnd(segment, i)
    if (end < 0) throw badPattern(pattern, 'a "[" without "]"')
    i = end
  }
}

/** Index after the `]` that closes the class at `at`, −1 if there is none. A `]` that comes first is a member. */
function classEnd(pattern: string, at: number): number {
  let i = at + 1
  if (pattern[i] === '!' || pattern[i] === '^') i++
  if (pattern[i] === ']') i++
  const close = pattern.indexOf(']', i)
  return close < 0 ? -1 : close + 1
}

/** Whether a name matches one segment of a pattern. Takes time proportional to the product of the lengths at most. */
export function matchSegment(pattern: string, name: string): boolean {
  let p = 0
  let n = 0
  let star = -1
  let resume = 0
  while (n < name.length) {
    if (p < pattern.length && pattern[p] === '*') {
      star = p++
      resume = n
      continue
    }
    const next = p < pattern.length ? matchOne(pattern, p, name[n]) : -1
    if (next >= 0) {
      p = next
      n++
    } else if (star >= 0) {
      // The last star takes one more character; earlier ones need not be tried again.
      p = star + 1
      n = ++resume
    } else return false
  }
  while (p < pattern.length && pattern[p] === '*') p++
  return p === pattern.length
}

/** Index after the pattern element at `p` if it takes the character, else −1. */
function matchOne(pattern: string, p: number, char: string): number {
  const c = pattern[p]
  if (c === '?') return p + 1
  if (c !== '[') return c === char ? p + 1 : -1
  const end = classEnd(pattern, p)
  const negated = pattern[p + 1] === '!' || pattern[p + 1] === '^'
  let found = false
  for (let i = p + (negated ? 2 : 1); i < end - 1; i++) {
    if (pattern[i + 1] === '-' && i + 2 < end - 1) {
      if (char >= pattern[i] && char <= pattern[i + 2]) found = true
      i += 2
    } else if (pattern[i] === char) found = true
  }
  return found === negated ? -1 : end
}

function badPattern(pattern: string, reason: string): MillraceError {
  return makeError('PLAN_INVALID_OPTION', `Option "path" of source "files" is the pattern "${pattern}", which has ${reason}. Correct the pattern.`, { context: { pattern, reason } })
}
