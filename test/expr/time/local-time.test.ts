import { expect, test } from 'vitest'
import { call, fixtureLines, int, micros, text, vectorOf } from './support.ts'
import type { Expr } from '../../../src/expr/expr.ts'

const number = (expr: Expr, zone: string): number => (vectorOf(expr, zone).values as Float64Array | Int32Array)[0]
const dateFields = ['year', 'quarter', 'month', 'day', 'dayofweek', 'weekday', 'dayofyear', 'weekofyear', 'hour', 'minute', 'second']

test('truncation, units, fields and shifts agree with java.time around the changes of many zones', () => {
  const wrong: string[] = []
  const lines = fixtureLines('local-time.tsv')
  for (const line of lines) {
    const [operation, zone, time, args, expected] = line.split('\t')
    const t = micros(Number(time))
    const [first, second] = args.split(',')
    let got: readonly number[]
    if (operation === 'trunc') got = [number(call('date_trunc', text(first), t), zone)]
    else if (operation === 'add') got = [number(call('timestampadd', text(first), int(Number(second)), t), zone)]
    else if (operation === 'diff') got = [number(call('timestampdiff', text(first), t, micros(Number(second))), zone)]
    else if (operation === 'fields') got = [...dateFields.map(f => number(call(f, t), zone)), number(call('extract', text('yearofweek'), t), zone)]
    else got = ['from_utc_timestamp', 'to_utc_timestamp'].map(f => number(call(f, t, text(zone)), 'UTC'))
    if (got.join(',') !== expected) wrong.push(`${line}: ${got.join(',')}`)
  }
  expect(wrong).toEqual([])
  expect(lines.length).toBe(700)
})
