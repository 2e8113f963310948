/** A piece of a statement. Words keep their case in `text`; `at` is where it begins. */
export interface Token {
  readonly kind: 'word' | 'quoted' | 'number' | 'string' | 'symbol' | 'end'
  readonly text: string
  readonly at: number
}

const symbols = ['<=>', '<>', '!=', '==', '<=', '>=', '||', '::', '=', '<', '>', '+', '-', '*', '/', '%', '&', '|', '^', '~', '!', '(', ')', ',', '.', '[', ']']

const patterns: readonly (readonly [Token['kind'] | 'space', RegExp])[] = [
  ['space', /(?:\s+|--[^\n]*|\/\*[^]*?\*\/)/y],
  ['number', /(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?:BD|[LlDdFfSsYy])?(?![A-Za-z_0-9])/y],
  ['word', /[A-Za-z_][A-Za-z_0-9]*/y],
  ['quoted', /`(?:[^`]|``)+`/y],
  ['string', /'(?:[^'\\]|\\[^])*'|"(?:[^"\\]|\\[^])*"/y],
]

/**
 * Cuts a statement of Spark SQL into tokens; comments are left out.
 * @throws what `fail` builds
 */
export function tokens(text: string, fail: (what: string, at: number) => Error): Token[] {
  const found: Token[] = []
  let at = 0
  while (at < text.length) {
    const [kind, end] = tokenAt(text, at)
    if (end === at) throw fail(`the character ${JSON.stringify(text[at])}`, at)
    if (kind !== 'space') found.push({ kind, text: contentOf(kind, text.slice(at, end)), at })
    at = end
  }
  found.push({ kind: 'end', text: '', at })
  return found
}

function tokenAt(text: string, at: number): readonly [Token['kind'] | 'space', number] {
  for (const [kind, pattern] of patterns) {
    pattern.lastIndex = at
    if (pattern.test(text)) return [kind, pattern.lastIndex]
  }
  const symbol = symbols.find(s => text.startsWith(s, at))
  return ['symbol', at + (symbol?.length ?? 0)]
}

function contentOf(kind: Token['kind'], text: string): string {
  if (kind === 'quoted') return text.slice(1, -1).replaceAll('``', '`')
  return kind === 'string' ? unescape(text.slice(1, -1)) : text
}

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', 0: '\0', Z: '\x1a' }

/** Backslashes as Spark reads them; before % and _ they stay, for LIKE. */
function unescape(text: string): string {
  return text.replace(/\\(u[0-9a-fA-F]{4}|[0-3][0-7]{2}|[^])/g, (whole, what: string) => {
    if (what.length === 5) return String.fromCharCode(Number.parseInt(what.slice(1), 16))
    if (what.length === 3) return String.fromCharCode(Number.parseInt(what, 8))
    return what === '%' || what === '_' ? whole : (escapes[what] ?? what)
  })
}
