import { classText, complement, escapeClasses, hex, posixClasses } from './character-ranges.ts'
import { invalidPattern, unsupportedPattern } from './pattern-errors.ts'

const controlEscapes: ReadonlyMap<string, number> = new Map([['t', 9], ['n', 10], ['r', 13], ['f', 12], ['a', 7], ['e', 27]])

/** Properties with `Is` that are neither a script nor a category. */
const binaryProperties = new Set([
  'Alphabetic', 'Ideographic', 'Letter', 'Lowercase', 'Uppercase', 'Titlecase', 'Punctuation', 'Control', 'White_Space', 'Digit', 'Hex_Digit',
  'Join_Control', 'Noncharacter_Code_Point', 'Assigned', 'Emoji',
])

/** Reads a Java pattern character by character, and the escapes that mean the same in and outside a class. */
export class PatternReader {
  protected readonly pattern: string
  protected readonly chars: readonly string[]
  protected at = 0

  constructor(pattern: string) {
    this.pattern = pattern
    this.chars = [...pattern]
  }

  protected peek(offset = 0): string {
    return this.chars[this.at + offset] ?? ''
  }

  protected next(): string {
    return this.chars[this.at++] ?? ''
  }

  protected quoted(): string {
    let text = ''
    while (this.at < this.chars.length) {
      if (this.peek() === '\\' && this.peek(1) === 'E') {
        this.at += 2
        break
      }
      text += this.next()
    }
    return text
  }

  protected until(end: string): string {
    const stop = this.chars.indexOf(end, this.at)
    if (stop < 0) throw invalidPattern(this.pattern, `"${end}" is missing`)
    const text = this.chars.slice(this.at, stop).join('')
    this.at = stop + 1
    return text
  }

  /** An escape that means the same in and outside a class: a class, a property, or a single character. */
  protected classEscape(c: string, open: string, close: string): string {
    const known = escapeClasses.get(c.toLowerCase())
    if (known !== undefined) return open + classText(c === c.toLowerCase() ? known : complement(known)) + close
    if (c === 'p' || c === 'P') return this.#property(c === 'P', open, close)
    return hex(this.#escapedCharacter(c))
  }

  #escapedCharacter(c: string): number {
    const control = controlEscapes.get(c)
    if (control !== undefined) return control
    switch (c) {
      case '':
        throw invalidPattern(this.pattern, 'it ends with a backslash')
      case '0':
        return this.#number(/^(?:[0-3][0-7]{0,2}|[0-7]{1,2})/, 8)
      case 'x': {
        if (this.peek() !== '{') return this.#number(/^[0-9A-Fa-f]{2}/, 16)
        this.at++
        const digits = this.until('}')
        const code = /^[0-9A-Fa-f]+$/.test(digits) ? Number.parseInt(digits, 16) : NaN
        if (!(code <= 0x10ffff)) throw invalidPattern(this.pattern, `\\x{${digits}} is no character`)
        return code
      }
      case 'u': {
        const unit = this.#number(/^[0-9A-Fa-f]{4}/, 16)
        if (unit < 0xd800 || unit > 0xdbff || this.peek() !== '\\' || this.peek(1) !== 'u') return unit
        this.at += 2
        return (unit - 0xd800) * 0x400 + (this.#number(/^[0-9A-Fa-f]{4}/, 16) - 0xdc00) + 0x10000
      }
      case 'c':
        return (this.next().codePointAt(0) ?? 64) ^ 64
      default:
        if (/^[A-Za-z]$/.test(c)) throw invalidPattern(this.pattern, `\\${c} has no meaning`)
        return c.codePointAt(0) as number
    }
  }

  /** Digits of our own making sure: the test runs on at most four characters of the pattern. */
  #number(shape: RegExp, base: number): number {
    const digits = shape.exec(this.chars.slice(this.at, this.at + 4).join(''))?.[0]
    if (digits === undefined) throw invalidPattern(this.pattern, 'an escape lacks its digits')
    this.at += digits.length
    return Number.parseInt(digits, base)
  }

  #property(negated: boolean, open: string, close: string): string {
    const name = this.peek() === '{' ? (this.at++, this.until('}')) : this.next()
    const posix = posixClasses.get(name)
    if (posix !== undefined) return open + classText(negated ? complement(posix) : posix) + close
    const value = name.replace(/^(?:Is|script=|sc=|general_category=|gc=)/, '')
    if (!/^[A-Za-z_]+$/.test(value) || name.startsWith('In') || name.startsWith('java') || binaryProperties.has(value)) {
      throw unsupportedPattern(this.pattern, `the property ${name}`)
    }
    return `\\${negated ? 'P' : 'p'}{${value}}`
  }
}
