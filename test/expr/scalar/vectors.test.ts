import { describe, expect, test } from 'vitest'
import { loadVectors, runVector } from '../vectors-support.ts'

/** Vectors whose result we refuse on purpose, each with the reason. */
const deviations = new Map<string, string>([
  ['XM-028', 'floor() gives integer, which ends at 2^53: a larger value is an overflow, not the largest bigint'],
])

describe.each(['XA', 'XM', 'XC', 'XF', 'XS', 'XN', 'XH'])('vectors of family %s', family => {
  test.each(loadVectors(family).map(v => [v.id, v.sql, v] as const))('%s %s', (id, _sql, vector) => {
    const outcome = runVector(vector)
    if (outcome.status === 'unsupported') return
    const reason = outcome.status === 'fail' ? outcome.reason : null
    if (deviations.has(id)) expect(reason).not.toBeNull()
    else expect(reason).toBeNull()
  })
})
