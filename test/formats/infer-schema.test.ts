import { describe, expect, test } from 'vitest'
import { describeSchema } from '../../src/columnar/schema.ts'
import { nodeFileSystem } from '../../src/common/node/node-file-system.ts'
import { csvFormat } from '../../src/formats/csv/csv-format.ts'
import type { Format, FormatOptions } from '../../src/formats/format.ts'
import { jsonlFormat } from '../../src/formats/jsonl/jsonl-format.ts'
import { textFormat } from '../../src/formats/text/text-format.ts'
import { decode, failureOf, utf8 } from './helpers.ts'

const infer = (format: Format, text: string, options: FormatOptions = {}) => format.inferSchema({ files: nodeFileSystem, path: 'in/a', sample: utf8(text) }, options)
const described = async (format: Format, text: string, options?: FormatOptions): Promise<string[]> => describeSchema(await infer(format, text, options)).split('\n')

describe('jsonl', () => {
  test('a type for every kind of value, columns in the order of their appearance', async () => {
    const text = [
      '{"i":1,"l":1,"f":1,"s":"x","t":"2013-01-01T10:00:00Z","d":"2013-01-01","b":true,"n":null,"e":1.0}',
      '{"l":9007199254740993,"f":1e2,"s":"2013-01-01","t":"2013-01-01","d":"2014-02-28","a":[1,null,2.5],"o":{"p":{"q":[]},"r":1},"i":-5}',
      'not json',
      '{"o":{"r":null,"z":"\\u0041"},"late":false}',
      '{"cut":tr',
    ].join('\n')
    expect(await described(jsonlFormat, text)).toEqual([
      'i: integer (nullable)', 'l: int64 (nullable)', 'f: float64 (nullable)', 's: string (nullable)', 't: timestamp (nullable)', 'd: date (nullable)',
      'b: boolean (nullable)', 'n: string (nullable)', 'e: float64 (nullable)', 'a: array<float64> (nullable)',
      'o: struct<p: struct<q: array<string>>, r: integer, z: string> (nullable)', 'late: boolean (nullable)',
    ])
  })

  test('what it guesses, the decoder reads', async () => {
    const text = '{"a":1,"t":"2013-01-01T10:00:00Z","o":{"x":[{"y":1.5}]}}\n{"a":null,"t":"2013-01-02"}\n'
    const { rows } = decode(jsonlFormat, await infer(jsonlFormat, text), text)
    expect(rows).toEqual([{ a: 1, t: new Date('2013-01-01T10:00:00Z'), o: { x: [{ y: 1.5 }] } }, { a: null, t: new Date('2013-01-02T00:00:00Z'), o: null }])
  })

  test('a single line without a newline', async () => {
    expect(await described(jsonlFormat, '{"a":1}')).toEqual(['a: integer (nullable)'])
  })

  test.each([
    ['', 'it has no record'],
    ['\n\n[1]\n', 'it has no record'],
    ['{"a":1}\n{"a":"x"}\n', 'column "a" has values of different types'],
    ['{"a":{"b":[1,"x"]}}\n', 'column "a.b[]" has values of different types'],
    ['{"a":9007199254740993}\n{"a":0.5}\n', 'column "a" has values of different types'],
    ['{"a":9223372036854775808}\n', 'column "a" has numbers that no type holds exactly'],
  ])('%j has no schema', async (text, reason) => {
    const error = await failureOf(infer(jsonlFormat, text))
    expect([error.code, error.context]).toEqual(['FORMAT_SCHEMA_UNKNOWN', { origin: 'in/a', reason }])
  })
})

describe('csv', () => {
  test('a type for every column', async () => {
    const text = 'i,l,f,s,t,d,b,n,zip,mixed\n1,1,1,x,2013-01-01 10:00,2013-01-01,true,,00501,1\n"",9007199254740993,NaN,"","2013-01-01",2014-01-01,FALSE,,10001,x\n1,2,"cut'
    expect(await described(csvFormat, text, { header: true })).toEqual([
      'i: integer (nullable)', 'l: int64 (nullable)', 'f: float64 (nullable)', 's: string (nullable)', 't: timestamp (nullable)', 'd: date (nullable)',
      'b: boolean (nullable)', 'n: string (nullable)', 'zip: string (nullable)', 'mixed: string (nullable)',
    ])
  })

  test('names without a header', async () => {
    expect(await described(csvFormat, '1,x\n2,y\n')).toEqual(['_c0: integer (nullable)', '_c1: string (nullable)'])
    expect(await described(csvFormat, '1,x\n', { columns: ['a', 'b'] })).toEqual(['a: integer (nullable)', 'b: string (nullable)'])
  })

  test('no record, or a broken header', async () => {
    expect((await failureOf(infer(csvFormat, '\n\n'))).code).toBe('FORMAT_SCHEMA_UNKNOWN')
    expect((await failureOf(infer(csvFormat, 'a"b\n1\n', { header: true }))).context).toEqual({ origin: 'in/a', reason: 'its header cannot be read' })
  })
})

test('text is one column', async () => {
  expect(await described(textFormat, 'x')).toEqual(['value: string'])
})
