import { describe, expect, test } from 'vitest'
import { readVectors, runVector } from '../vectors-support-time.ts'

/** What this version does not have; array_agg is an aggregate, which this runner does not see. */
const absent = /^(interval.*|lambda|map.*|str_to_map\(\)|(from|to)_(json|csv)\(\)|get_json_object\(\)|json_.*|array_agg\(\))$/

describe('collection vectors recorded on Spark', () => {
  const vectors = readVectors('XL')
  test.each(vectors.map(v => [`${v.id} ${v.sql}`, v] as const))('%s', (_, vector) => {
    const outcome = runVector(vector)
    if (outcome.status === 'unsupported') expect(outcome.what).toMatch(absent)
    else expect(outcome).toEqual({ status: 'passed' })
  })
  test('those about arrays and structs without lambdas are supported', () => {
    expect(vectors.filter(v => runVector(v).status === 'passed').length).toBeGreaterThanOrEqual(50)
  })
})
