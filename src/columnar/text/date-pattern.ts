import { makeError, type MillraceError } from '../../common/errors.ts'
import type { NameStyle } from './zone-names.ts'

/**
 * Patterns of dates and times in Spark's dialect, which is java.time's without the letters whose meaning changed
 * between versions (weeks `Y W w u e c`, and `A B n N p`; for parsing also `E F q Q`). A pattern is compiled once into
 * items; date-pattern-format.ts and date-pattern-parse.ts walk them.
 */
export type PatternField =
  | 'era' | 'year' | 'yearOfEra' | 'month' | 'day' | 'dayOfYear' | 'dayOfWeek' | 'dayInMonth' | 'quarter' | 'julianDay'
  | 'hour' | 'clockHour' | 'hourOfHalf' | 'clockHourOfHalf' | 'minute' | 'second' | 'half'

/** `normal`: a minus sign only; `exceeds`: a plus sign where the number has more digits than its width; `none`: no sign. */
export type SignRule = 'normal' | 'exceeds' | 'none'

export type PatternItem =
  | { readonly kind: 'literal'; readonly text: string }
  /** `reserve`: digits that fixed-width numbers directly behind this one need. */
  | { readonly kind: 'number'; readonly field: PatternField; readonly min: number; readonly max: number; readonly sign: SignRule; reserve: number }
  /** Two digits of a year from 2000 to 2099. */
  | { readonly kind: 'shortYear'; readonly field: PatternField }
  | { readonly kind: 'text'; readonly field: PatternField; readonly full: boolean }
  /** Digits behind the decimal point of a second; between 0 and `digits` of them when parsing. */
  | { readonly kind: 'fraction'; readonly digits: number }
  /** `+hh` followed by minutes and seconds as the style says, `zero` instead of no offset. */
  | { readonly kind: 'offset'; readonly style: OffsetStyle; readonly zero: string }
  | { readonly kind: 'gmtOffset'; readonly full: boolean }
  | { readonly kind: 'zoneId' }
  | { readonly kind: 'zoneName'; readonly style: NameStyle }
  | { readonly kind: 'optional'; readonly items: readonly PatternItem[] }

export interface OffsetStyle {
  readonly colon: boolean
  readonly minutes: 'always' | 'unlessZero'
  readonly seconds: 'never' | 'unlessZero'
}

export interface DatePattern {
  readonly text: string
  readonly items: readonly PatternItem[]
}

const recognition = 'INCONSISTENT_BEHAVIOR_CROSS_VERSION.DATETIME_PATTERN_RECOGNITION'
const invalid = 'INVALID_DATETIME_PATTERN'
const weekBased = 'INCONSISTENT_BEHAVIOR_CROSS_VERSION.DATETIME_WEEK_BASED_PATTERN'

/**
 * Compiles a pattern for formatting or for parsing.
 * @throws QueryError EXPR_DATETIME_PATTERN, under Spark's name: DATETIME_PATTERN_RECOGNITION for what meant something in
 *   Spark 2, DATETIME_WEEK_BASED_PATTERN for other letters of weeks, else a kind of INVALID_DATETIME_PATTERN
 */
export function compileDatePattern(text: string, use: 'format' | 'parse'): DatePattern {
  checkLetters(text, use)
  return { text, items: new PatternReader(text).read() }
}

function checkLetters(text: string, use: 'format' | 'parse'): void {
  const parts = text.split("'")
  for (let k = 0; k < parts.length; k += 2) {
    const week = /[YWwuec]/.exec(parts[k])
    if (week !== null) throw refused(text, `the letter ${week[0]} counts by weeks, whose rules differ between countries`, weekBased)
    const banned = (use === 'parse' ? /[ABnNpEFqQ]/ : /[ABnNp]/).exec(parts[k])
    if (banned !== null) throw refused(text, `the letter ${banned[0]} is not allowed${use === 'parse' ? ' for parsing' : ''}`, `${invalid}.ILLEGAL_CHARACTER`)
    const long = /([GMLEQq])\1{4}|y{7}/.exec(parts[k])
    if (long !== null) throw refused(text, `there are too many letters ${long[0][0]}`, `${invalid}.LENGTH`)
  }
}

function refused(text: string, problem: string, spark = `${invalid}.WITH_SUGGESTION`): MillraceError {
  return makeError('EXPR_DATETIME_PATTERN', `The date pattern "${text}" cannot be used: ${problem}. See docs/functions.md for the letters, and put text in single quotes.`, {
    context: { pattern: text, problem },
    spark: meantSomethingBefore(text) ? recognition : spark,
  })
}

/** Whether Spark 2 (Java's SimpleDateFormat) took the pattern. */
function meantSomethingBefore(text: string): boolean {
  const parts = text.split("'")
  if (parts.length % 2 === 0) return false
  return parts.every((part, k) => k % 2 === 1 || (!/[^GyMLdkHmsSEDFwWahKzZYuX\W\d_]/.test(part) && !/X{4}/.test(part)))
}

type NumberItem = Extract<PatternItem, { kind: 'number' }>

/** Reads a pattern from left to right, one run of equal letters at a time. */
class PatternReader {
  readonly #text: string
  readonly #hasEra: boolean
  readonly #open: PatternItem[][] = [[]]
  /** The number of varying width that leaves digits to the fixed-width ones behind it. */
  #adjacent: NumberItem | null = null

  constructor(text: string) {
    this.#text = text
    this.#hasEra = text.split("'").some((part, k) => k % 2 === 0 && part.includes('G'))
  }

  read(): PatternItem[] {
    const text = this.#text
    for (let i = 0; i < text.length;) {
      const c = text[i]
      if (/[A-Za-z]/.test(c)) {
        let end = i + 1
        while (text[end] === c) end++
        this.#letters(c, end - i)
        i = end
      } else if (c === "'") i = this.#quoted(i)
      else {
        this.#special(c)
        i++
      }
    }
    while (this.#open.length > 1) this.#close()
    return this.#open[0]
  }

  #quoted(start: number): number {
    const text = this.#text
    let literal = ''
    for (let i = start + 1; i < text.length; i++) {
      if (text[i] !== "'") literal += text[i]
      else if (text[i + 1] === "'") {
        literal += "'"
        i++
      } else {
        this.#add({ kind: 'literal', text: literal === '' ? "'" : literal })
        return i + 1
      }
    }
    throw refused(text, 'a quote is not closed')
  }

  #special(c: string): void {
    if (c === '[') {
      this.#adjacent = null
      this.#open.push([])
    } else if (c === ']') {
      if (this.#open.length === 1) throw refused(this.#text, 'a bracket is closed that was not opened')
      this.#close()
    } else if (c === '{' || c === '}' || c === '#') throw refused(this.#text, `the character ${c} is reserved`)
    else this.#add({ kind: 'literal', text: c })
  }

  #close(): void {
    const items = this.#open.pop() as PatternItem[]
    this.#adjacent = null
    if (items.length > 0) this.#add({ kind: 'optional', items })
  }

  #add(item: PatternItem): void {
    this.#adjacent = null
    this.#open[this.#open.length - 1].push(item)
  }

  #number(field: PatternField, min: number, max: number, sign: SignRule): void {
    const item: NumberItem = { kind: 'number', field, min, max, sign, reserve: 0 }
    const before = this.#adjacent
    this.#add(item)
    if (before !== null && min === max && sign === 'none') {
      before.reserve += max
      this.#adjacent = before
    } else this.#adjacent = item
  }

  #letters(c: string, count: number): void {
    const tooMany = (): MillraceError => refused(this.#text, `there are too many letters ${c}`)
    switch (c) {
      case 'y':
        return this.#year(this.#hasEra ? 'yearOfEra' : 'year', count)
      case 'M':
      case 'L':
        return this.#numberOrText('month', count)
      case 'Q':
      case 'q':
        return this.#numberOrText('quarter', count)
      case 'E':
        return this.#add({ kind: 'text', field: 'dayOfWeek', full: count === 4 })
      case 'G':
        return this.#add({ kind: 'text', field: 'era', full: count === 4 })
      case 'a':
        if (count > 1) throw tooMany()
        return this.#add({ kind: 'text', field: 'half', full: false })
      case 'D':
        if (count > 3) throw tooMany()
        return count === 1 ? this.#number('dayOfYear', 1, 19, 'normal') : this.#number('dayOfYear', count, 3, 'none')
      case 'F':
        if (count > 1) throw tooMany()
        return this.#number('dayInMonth', 1, 19, 'normal')
      case 'g':
        return this.#number('julianDay', count, 19, 'normal')
      case 'S':
        if (count > 9) throw tooMany()
        return this.#add({ kind: 'fraction', digits: count })
      default:
        return c in twoDigits ? this.#twoDigits(twoDigits[c], count, tooMany) : this.#zone(c, count, tooMany)
    }
  }

  #year(field: PatternField, count: number): void {
    if (count === 2) {
      const before = this.#adjacent
      this.#add({ kind: 'shortYear', field })
      if (before !== null) {
        before.reserve += 2
        this.#adjacent = before
      }
    } else this.#number(field, count, 19, count < 4 ? 'normal' : 'exceeds')
  }

  #numberOrText(field: PatternField, count: number): void {
    if (count === 1) this.#number(field, 1, 19, 'normal')
    else if (count === 2) this.#number(field, 2, 2, 'none')
    else this.#add({ kind: 'text', field, full: count === 4 })
  }

  #twoDigits(field: PatternField, count: number, tooMany: () => MillraceError): void {
    if (count > 2) throw tooMany()
    if (count === 1) this.#number(field, 1, 19, 'normal')
    else this.#number(field, 2, 2, 'none')
  }

  #zone(c: string, count: number, tooMany: () => MillraceError): void {
    switch (c) {
      case 'V':
        if (count !== 2) throw refused(this.#text, 'the letter V must stand twice')
        return this.#add({ kind: 'zoneId' })
      case 'z':
        if (count > 4) throw tooMany()
        return this.#add({ kind: 'zoneName', style: count === 4 ? 'full' : 'short' })
      case 'v':
        if (count !== 1 && count !== 4) throw refused(this.#text, 'the letter v must stand once or four times')
        return this.#add({ kind: 'zoneName', style: count === 4 ? 'genericFull' : 'genericShort' })
      case 'O':
        if (count !== 1 && count !== 4) throw refused(this.#text, 'the letter O must stand once or four times')
        return this.#add({ kind: 'gmtOffset', full: count === 4 })
      case 'Z':
        if (count > 5) throw tooMany()
        if (count === 4) return this.#add({ kind: 'gmtOffset', full: true })
        return this.#add(count === 5 ? { kind: 'offset', style: offsetStyles[5], zero: 'Z' } : { kind: 'offset', style: offsetStyles[2], zero: '+0000' })
      case 'X':
      case 'x':
        if (count > 5) throw tooMany()
        return this.#add({ kind: 'offset', style: offsetStyles[count], zero: c === 'X' ? 'Z' : count === 1 ? '+00' : count % 2 === 0 ? '+0000' : '+00:00' })
      default:
        throw refused(this.#text, `the letter ${c} means nothing`)
    }
  }
}

const twoDigits: { readonly [letter: string]: PatternField } = {
  d: 'day', H: 'hour', k: 'clockHour', K: 'hourOfHalf', h: 'clockHourOfHalf', m: 'minute', s: 'second',
}

/** By the number of letters X. */
const offsetStyles: readonly OffsetStyle[] = [
  { colon: false, minutes: 'always', seconds: 'never' },
  { colon: false, minutes: 'unlessZero', seconds: 'never' },
  { colon: false, minutes: 'always', seconds: 'never' },
  { colon: true, minutes: 'always', seconds: 'never' },
  { colon: false, minutes: 'always', seconds: 'unlessZero' },
  { colon: true, minutes: 'always', seconds: 'unlessZero' },
]

export const monthNames = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December']
/** Monday first. */
export const dayNames = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday']
export const quarterNames = ['1st quarter', '2nd quarter', '3rd quarter', '4th quarter']
