import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readBase64, writeBase64 } from '../../src/columnar/text/base64.ts'
import { ByteWriter } from '../../src/columnar/text/byte-writer.ts'
import { writeFloat64, writeInt64, writeInteger } from '../../src/columnar/text/number-text.ts'
import { daysOfDate, parseDate, parseTimestamp, writeDate, writeTimestamp } from '../../src/columnar/text/timestamp-text.ts'
import { textOf, utf8 } from './helpers.ts'

function written(write: (out: ByteWriter) => void): string {
  const out = new ByteWriter(1)
  write(out)
  return textOf(out.take())
}
const micros = (text: string): number => parseTimestamp(utf8(text), 0, utf8(text).length)
const days = (text: string): number => parseDate(utf8(text), 0, text.length)

describe('timestamps', () => {
  test('every ISO-8601 instant that Date knows, to the millisecond', () => {
    fc.assert(
      fc.property(fc.date({ min: new Date('1700-01-01'), max: new Date('2255-01-01'), noInvalidDate: true }), date => {
        expect(micros(date.toISOString())).toBe(date.getTime() * 1000)
        expect(written(out => writeTimestamp(out, date.getTime() * 1000))).toBe(date.toISOString().replace('.000Z', 'Z'))
      }),
      { numRuns: 1000 },
    )
  })

  test('offsets', () => {
    const noon = Date.UTC(2013, 0, 1, 12) * 1000
    expect(['12:00Z', '12:00', '13:00+01', '13:00+0100', '13:00+01:00', '06:30-05:30', '12:00:00.0+00:00'].map(x => micros(`2013-01-01T${x}`))).toEqual(Array(7).fill(noon))
    expect(micros('2013-01-02T06:00+18:00')).toBe(noon)
  })

  test.each([
    '', '2013', '2013-01', '2013-01-01T', '2013-01-01T10', '2013-01-01T10:', '2013-01-01T10:0', '2013-01-01T10:00:', '2013-01-01T10:00:0', '2013-01-01T10:00:00.', '2013-01-01T10:00:00.Z',
    '2013-01-01T10:00:00.1234567890Z', '2013-1-01T10:00Z', '2013-13-01', '2013-00-01', '2013-01-00', '2013-01-32', '2013-02-29', '1900-02-29', '2013-01-01t10:00', '2013-01-01T24:00', '2013-01-01T10:60',
    '2013-01-01T10:00:60', '2013-01-01T10:00z', '2013-01-01T10:00ZZ', '2013-01-01T10:00+1', '2013-01-01T10:00+1:00', '2013-01-01T10:00+01:60', '2013-01-01T10:00+18:01', '2013-01-01T10:00+01:0',
    '2013-01-01T10:00 Europe/Paris', ' 2013-01-01', '2013-01-01 ', '2013/01/01', '+2013-01-01', '1684-07-28T00:12:25.259008Z', '2255-06-05T23:47:34.740992Z', '9999-12-31T00:00:00Z',
  ])('%j is none', text => {
    expect(micros(text)).toBeNaN()
  })

  test('the limits of ±(2^53 − 1) microseconds', () => {
    expect(micros('1684-07-28T00:12:25.259009Z')).toBe(Number.MIN_SAFE_INTEGER)
    expect(micros('2255-06-05T23:47:34.740991Z')).toBe(Number.MAX_SAFE_INTEGER)
    expect(written(out => writeTimestamp(out, Number.MIN_SAFE_INTEGER))).toBe('1684-07-28T00:12:25.259009Z')
    expect(written(out => writeTimestamp(out, Number.MAX_SAFE_INTEGER))).toBe('2255-06-05T23:47:34.740991Z')
  })
})

describe('dates', () => {
  test('every day from year 0 to 9999', () => {
    for (let day = days('0000-01-01'), date = new Date('0000-01-01T00:00:00Z'); day <= 2_932_896; day += 37, date.setUTCDate(date.getUTCDate() + 37)) {
      const text = date.toISOString().slice(0, 10)
      if (days(text) !== day || written(out => writeDate(out, day)) !== text) expect([text, days(text)]).toEqual([text, day])
    }
    expect([days('0000-01-01'), days('9999-12-31'), daysOfDate(2000, 2, 29)]).toEqual([-719_528, 2_932_896, 11_016])
  })

  test('years beyond four digits are written with a sign', () => {
    expect([written(out => writeDate(out, 2_932_897)), written(out => writeDate(out, -719_529))]).toEqual(['+010000-01-01', '-000001-12-31'])
  })
})

describe('numbers', () => {
  test('whole numbers in digits', () => {
    fc.assert(fc.property(fc.maxSafeInteger(), n => void expect(written(out => writeInteger(out, n))).toBe(String(n))))
    fc.assert(fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), n => void expect(written(out => writeInt64(out, n))).toBe(String(n))))
    expect([0, 9, 10, 99, 100, 2147483647, 2147483648, -2147483648].map(n => written(out => writeInteger(out, n)))).toEqual(['0', '9', '10', '99', '100', '2147483647', '2147483648', '-2147483648'])
  })

  test('float64 in its shortest digits', () => {
    fc.assert(fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), x => void expect(Object.is(Number(written(out => writeFloat64(out, x))), x)).toBe(true)), { numRuns: 1000 })
    expect([0, -0, 5, 1e15, 1e21, 0.1, -1.5e-7].map(x => written(out => writeFloat64(out, x)))).toEqual(['0', '-0', '5', '1000000000000000', '1e+21', '0.1', '-1.5e-7'])
  })
})

describe('base64', () => {
  test('as Buffer writes and reads it', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 20 }), bytes => {
        const text = Buffer.from(bytes).toString('base64')
        expect(written(out => writeBase64(out, bytes, 0, bytes.length))).toBe(text)
        const back = new ByteWriter(1)
        expect(readBase64(back, utf8(text), 0, text.length)).toBe(true)
        expect(back.take()).toEqual(bytes)
      }),
    )
  })

  test.each(['a', 'aG', 'aGk', 'aGk=aGk=', 'a===', '====', 'aG=k', 'aGl=', 'aH==', 'aG k', 'aGk-', 'aGké'])('%j is none', text => {
    expect(readBase64(new ByteWriter(8), utf8(text), 0, utf8(text).length)).toBe(false)
  })
})
