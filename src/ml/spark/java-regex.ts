import { applyPattern } from './java-pattern.ts'

/** A Java pattern as tokenizers use it. */
export interface JavaRegex {
  split(text: string): string[]
  findAll(text: string): string[]
}

/** Patterns that nearly every pipeline has, in the engine that JavaScript brings; Java's \s, \w and \d are ASCII. */
const common: ReadonlyMap<string, RegExp> = new Map([
  ['\\s', /[\t-\r ]/g],
  ['\\s+', /[\t-\r ]+/g],
  ['\\W', /[^a-zA-Z_0-9]/gu],
  ['\\W+', /[^a-zA-Z_0-9]+/gu],
  ['\\w+', /[a-zA-Z_0-9]+/g],
  ['[^a-z]+', /[^a-z]+/gu],
  [',', /,/g],
])

/**
 * A pattern of Java's dialect, matched in time linear in the text.
 * @throws AnalysisError ML_UNSUPPORTED for look-around, back references and the like
 */
export function javaRegex(pattern: string): JavaRegex {
  const quick = common.get(pattern)
  const eachMatch = quick === undefined ? applyPattern(pattern) : (text: string, visit: (start: number, end: number) => void): void => {
    for (const match of text.matchAll(quick)) visit(match.index, match.index + match[0].length)
  }
  return {
    split(text) {
      const parts: string[] = []
      let at = 0
      eachMatch(text, (start, end) => {
        // No empty word in front of a match of nothing at the beginning.
        if (end === 0) return
        parts.push(text.slice(at, start))
        at = end
      })
      if (parts.length === 0 && at === 0) return [text]
      parts.push(text.slice(at))
      while (parts.length > 0 && parts[parts.length - 1] === '') parts.pop()
      return parts
    },
    findAll(text) {
      const found: string[] = []
      eachMatch(text, (start, end) => found.push(text.slice(start, end)))
      return found
    },
  }
}
