import { type Token, tokens } from './lexer.ts'

/** Walks over the tokens of a statement; words are compared without case. */
export class TokenReader {
  readonly tokens: readonly Token[]
  /** Builds the error for something that is not supported. */
  readonly fail: (what: string) => Error
  at = 0

  constructor(text: string, fail: (what: string) => Error) {
    this.fail = fail
    this.tokens = tokens(text, (what, at) => fail(`${what} at position ${at}`))
  }

  name(): string {
    const token = this.next()
    if (token.kind === 'word' || token.kind === 'quoted') return token.text
    throw this.unexpected(undefined, token)
  }

  peek(): Token {
    return this.tokens[this.at]
  }

  next(): Token {
    const token = this.tokens[this.at]
    if (token.kind !== 'end') this.at++
    return token
  }

  word(word: string): boolean {
    const { kind, text } = this.peek()
    const found = kind === 'word' && text.toUpperCase() === word
    if (found) this.at++
    return found
  }

  symbol(symbol: string): boolean {
    const { kind, text } = this.peek()
    const found = kind === 'symbol' && text === symbol
    if (found) this.at++
    return found
  }

  expectWord(word: string): void {
    if (!this.word(word)) throw this.unexpected(word)
  }

  expectSymbol(symbol: string): void {
    if (!this.symbol(symbol)) throw this.unexpected(`"${symbol}"`)
  }

  unexpected(wanted?: string, { kind, text, at }: Token = this.peek()): Error {
    const found = kind === 'end' ? 'the end of the statement' : `"${text}" at position ${at}`
    return this.fail(wanted === undefined ? found : `${found} where ${wanted} was expected`)
  }
}
