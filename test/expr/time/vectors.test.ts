import { describe, expect, test } from 'vitest'
import { readVectors, runVector } from '../vectors-support-time.ts'

/** Types and functions that this version does not have; a vector that needs one must be refused by name. */
const absent = /^(interval.*|decimal|timestamp_ntz|make_ym_interval\(\)|text without a tree)$/

describe('date and time vectors recorded on Spark', () => {
  const vectors = readVectors('XD')
  test.each(vectors.map(v => [`${v.id} ${v.sql} ${v.sessionTimeZone ?? ''}`, v] as const))('%s', (_, vector) => {
    const outcome = runVector(vector)
    if (outcome.status === 'unsupported') expect(outcome.what).toMatch(absent)
    else expect(outcome).toEqual({ status: 'passed' })
  })
  test('most of them are supported', () => {
    expect(vectors.filter(v => runVector(v).status === 'passed').length).toBeGreaterThanOrEqual(102)
  })
})
