import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { call, column, failure, int32Type, over, stringType, value } from './support.ts'

/** Short texts over an alphabet in which matches are likely, with characters of one to four bytes. */
const textOf = fc.array(fc.constantFrom('a', 'b', 'A', ' ', ',', 'ß', 'é', '€', '😀'), { maxLength: 12 }).map(chars => chars.join(''))
const pieceOf = fc.array(fc.constantFrom('a', 'b', ',', 'é', '😀'), { maxLength: 3 }).map(chars => chars.join(''))
const texts = { s: stringType, p: stringType, q: stringType, n: int32Type, m: int32Type }
const rowOf = fc.record({ s: textOf, p: pieceOf, q: pieceOf, n: fc.integer({ min: -6, max: 8 }), m: fc.integer({ min: -3, max: 6 }) })
type Row = { readonly s: string; readonly p: string; readonly q: string; readonly n: number; readonly m: number }

/** A function over random rows, one of them null, gives what a plain model on JavaScript strings gives. */
function agrees(name: string, args: readonly (keyof Row)[], model: (row: Row) => unknown): void {
  fc.assert(
    fc.property(fc.array(rowOf, { minLength: 1, maxLength: 12 }), rows => {
      const withNull = [...rows.slice(0, 1), { s: null, p: null, q: null, n: null, m: null }, ...rows.slice(1)]
      const found = over(withNull, texts, call(name, ...args.map(column)))
      expect(found).toEqual(withNull.map(row => (row.s === null ? null : model(row as Row))))
    }),
    { numRuns: 150 },
  )
}

function substring(s: string, position: number, length: number): string {
  const chars = [...s]
  const from = position > 0 ? position - 1 : position < 0 ? chars.length + position : 0
  return chars.slice(Math.max(0, from), Math.max(0, from + Math.max(0, length))).join('')
}

describe('text on UTF-8 bytes agrees with a model on characters', () => {
  test('length', () => agrees('length', ['s'], r => [...r.s].length))
  test('substring', () => agrees('substring', ['s', 'n', 'm'], r => substring(r.s, r.n, r.m)))
  test('substring to the end', () => agrees('substring', ['s', 'n'], r => substring(r.s, r.n, Infinity)))
  test('left', () => agrees('left', ['s', 'n'], r => [...r.s].slice(0, Math.max(0, r.n)).join('')))
  test('right', () => agrees('right', ['s', 'n'], r => (r.n <= 0 ? '' : [...r.s].slice(-r.n).join(''))))
  test('upper', () => agrees('upper', ['s'], r => r.s.toUpperCase()))
  test('lower', () => agrees('lower', ['s'], r => r.s.toLowerCase()))
  test('reverse', () => agrees('reverse', ['s'], r => [...r.s].reverse().join('')))
  test('concat', () => agrees('concat', ['s', 'p', 'n'], r => r.s + r.p + r.n))
  test('contains', () => agrees('contains', ['s', 'p'], r => r.s.includes(r.p)))
  test('startswith', () => agrees('startswith', ['s', 'p'], r => r.s.startsWith(r.p)))
  test('endswith', () => agrees('endswith', ['s', 'p'], r => r.s.endsWith(r.p)))
  test('instr', () => agrees('instr', ['s', 'p'], r => [...r.s.slice(0, r.s.indexOf(r.p))].length * Number(r.s.includes(r.p)) + Number(r.s.includes(r.p))))
  test('replace', () => agrees('replace', ['s', 'p', 'q'], r => (r.p === '' ? r.s : r.s.replaceAll(r.p, () => r.q))))
  test('trim', () => agrees('trim', ['s'], r => r.s.replaceAll(/^ +| +$/g, '')))
  test('btrim with a set', () =>
    agrees('btrim', ['s', 'p'], r => {
      const chars = [...r.s]
      while (chars.length > 0 && r.p.includes(chars[0])) chars.shift()
      while (chars.length > 0 && r.p.includes(chars[chars.length - 1])) chars.pop()
      return chars.join('')
    }))
  test('lpad', () =>
    agrees('lpad', ['s', 'n', 'p'], r => {
      const chars = [...r.s]
      const width = Math.max(0, r.n)
      if (chars.length >= width || r.p === '') return chars.slice(0, width).join('')
      return [...r.p.repeat(width)].slice(0, width - chars.length).join('') + r.s
    }))
  test('repeat', () => agrees('repeat', ['s', 'm'], r => r.s.repeat(Math.max(0, r.m))))
  test('substring_index from the left', () => {
    agrees('substring_index', ['s', 'p', 'n'], r => {
      if (r.p === '' || r.n === 0) return ''
      const parts = r.s.split(r.p)
      // The pieces used hold no character twice, so occurrences cannot overlap and a plain split is a fair model.
      if (new Set(r.p).size < [...r.p].length) return value(call('substring_index', r.s, r.p, r.n))
      return (r.n > 0 ? parts.slice(0, r.n) : parts.slice(r.n)).join(r.p)
    })
  })
})

describe('like', () => {
  const like = (s: string, p: string): unknown => value(call('like', s, p))
  test('wildcards take characters, not bytes', () => {
    expect([like('😀b', '_b'), like('😀', '__'), like('aéa', 'a_a'), like('', '%'), like('', '_'), like('ab', 'a%%b%')]).toEqual([true, false, true, true, false, true])
  })
  test('agrees with a regular expression of the same meaning', () => {
    const pattern = fc.array(fc.constantFrom('a', 'b', '_', '%', '😀'), { maxLength: 6 }).map(chars => chars.join(''))
    fc.assert(
      fc.property(textOf, pattern, (s, p) => {
        const source = [...p].map(c => (c === '%' ? '.*' : c === '_' ? '.' : c)).join('')
        expect(like(s, p)).toBe(new RegExp(`^${source}$`, 'su').test(s))
      }),
      { numRuns: 500 },
    )
  })
  test('many wildcards on a long text take no exponential time', () => {
    expect(like('a'.repeat(5000), '%a'.repeat(30) + 'b')).toBe(false)
  })
  test('a broken escape raises', () => {
    expect(failure(call('like', 'a', 'a\\'))).toEqual(['EXPR_INVALID_ARGUMENT', 'INVALID_FORMAT.ESC_AT_THE_END'])
    expect(failure(call('like', 'a', '\\a'))).toEqual(['EXPR_INVALID_ARGUMENT', 'INVALID_FORMAT.ESC_IN_THE_MIDDLE'])
  })
  test('the escape character can be chosen', () => {
    expect(value(call('like', '50%', '50/%', '/'))).toBe(true)
    expect(failure(call('like', 'a', 'a', 'xy'))).toEqual(['EXPR_INVALID_ARGUMENT', 'INVALID_ESCAPE_CHAR'])
  })
})

describe('bounds', () => {
  test('a text too large for memory is an error of ours', () => {
    expect(failure(call('repeat', 'abc', 2147483647))).toEqual(['EXPR_VALUE_TOO_LARGE', 'COLLECTION_SIZE_LIMIT_EXCEEDED'])
    expect(failure(call('replace', 'a'.repeat(40_000), 'a', 'b'.repeat(40_000)))).toEqual(['EXPR_VALUE_TOO_LARGE', 'COLLECTION_SIZE_LIMIT_EXCEEDED'])
    expect(failure(call('lpad', 'abc', 2147483647, 'x'))).toEqual(['EXPR_VALUE_TOO_LARGE', 'COLLECTION_SIZE_LIMIT_EXCEEDED'])
  })
  test('an index outside raises where SQL says so', () => {
    expect(failure(call('split_part', 'a.b', '.', 0))).toEqual(['EXPR_INVALID_ARGUMENT', 'INVALID_INDEX_OF_ZERO'])
    expect(failure(call('elt', 3, 'a', 'b'))).toEqual(['EXPR_INVALID_ARGUMENT', 'INVALID_ARRAY_INDEX'])
  })
})

describe('concat_ws', () => {
  test('leaves out nulls and is empty without items', () => {
    expect(over([{ s: 'a', p: null }, { s: null, p: null }], { s: stringType, p: stringType }, call('concat_ws', '-', column('s'), column('p'), 'z'))).toEqual(['a-z', 'z'])
  })
})
