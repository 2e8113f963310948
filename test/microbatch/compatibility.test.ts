import { describe, expect, test } from 'vitest'
import { isMillraceError } from '../../src/common/errors.ts'
import { checkCompatible } from '../../src/microbatch/compatibility.ts'
import type { OperatorDescription, QueryDescription } from '../../src/checkpoint/records.ts'

const operator: OperatorDescription = {
  name: 'aggregate-0',
  kind: 'aggregate',
  keys: [{ name: 'window', type: 'struct<start: timestamp, end: timestamp>' }, { name: 'user', type: 'string' }],
  values: [{ name: 'n', type: 'count()' }, { name: 'total', type: 'sum(float64)' }],
  time: 'window 60000000 60000000 0',
}
const old: QueryDescription = {
  queryId: 'q',
  partitions: 8,
  watermarkPolicy: 'min',
  sources: [{ name: 'files-0', provider: 'files' }, { name: 'clicks', provider: 'kafka' }],
  operators: [operator],
  sinks: [{ name: 'output', provider: 'files' }],
}
const withOperator = (change: Partial<OperatorDescription>): QueryDescription => ({ ...old, operators: [{ ...operator, ...change }] })

/** The code and the named thing of a refusal; null where the change is accepted. */
function verdict(now: QueryDescription, before: QueryDescription = old): { code: string; message: string } | null {
  try {
    checkCompatible(before, now)
    return null
  } catch (error) {
    if (!isMillraceError(error)) throw error
    expect(error.name).toBe('CheckpointError')
    return { code: error.code, message: error.message }
  }
}

describe('accepted', () => {
  test.each<[string, QueryDescription]>([
    ['the same query', old],
    ['sources in another order, since they have names', { ...old, sources: [...old.sources].reverse() }],
    ['another sink', { ...old, sinks: [{ name: 'output', provider: 'foreachBatch' }, { name: 'lateRows', provider: 'files' }] }],
    ['another number of partitions: the checkpoint keeps its own', { ...old, partitions: 3 }],
    ['a renamed aggregate', withOperator({ values: [{ name: 'rows', type: 'count()' }, { name: 'total', type: 'sum(float64)' }] })],
    ['a renamed key', withOperator({ keys: [operator.keys[0], { name: 'who', type: 'string' }] })],
    ['an appended aggregate', withOperator({ values: [...operator.values, { name: 'most', type: 'max(float64)' }] })],
  ])('%s', (_, now) => {
    expect(verdict(now)).toBeNull()
  })
})

describe('refused', () => {
  test.each<[string, QueryDescription, string, string]>([
    ['a source that is gone', { ...old, sources: [old.sources[0]] }, 'CHECKPOINT_INCOMPATIBLE', '"clicks" (kafka) is gone'],
    ['a new source', { ...old, sources: [...old.sources, { name: 'more', provider: 'files' }] }, 'CHECKPOINT_INCOMPATIBLE', '"more" (files) is new'],
    ['a source of another kind', { ...old, sources: [old.sources[0], { name: 'clicks', provider: 'files' }] }, 'CHECKPOINT_INCOMPATIBLE', '"clicks" was kafka and is files'],
    ['a renamed source', { ...old, sources: [{ name: 'orders', provider: 'files' }, old.sources[1]] }, 'CHECKPOINT_INCOMPATIBLE', '"files-0" (files) is gone'],
    ['an operator that is gone', { ...old, operators: [] }, 'CHECKPOINT_INCOMPATIBLE', '"aggregate-0" (aggregate) is gone'],
    ['a further operator', { ...old, operators: [operator, { ...operator, name: 'aggregate-1' }] }, 'CHECKPOINT_INCOMPATIBLE', '"aggregate-1" (aggregate) is new'],
    ['an operator of another kind', withOperator({ kind: 'deduplicate' }), 'CHECKPOINT_INCOMPATIBLE', '"aggregate-0" (aggregate) is gone'],
    ['one key fewer', withOperator({ keys: [operator.keys[0]] }), 'CHECKPOINT_KEY_INCOMPATIBLE', 'user: string'],
    ['a key of another type', withOperator({ keys: [operator.keys[0], { name: 'user', type: 'int64' }] }), 'CHECKPOINT_KEY_INCOMPATIBLE', 'user: int64'],
    ['keys in another order', withOperator({ keys: [...operator.keys].reverse() }), 'CHECKPOINT_KEY_INCOMPATIBLE', 'were (window'],
    ['another window', withOperator({ time: 'window 120000000 120000000 0' }), 'CHECKPOINT_KEY_INCOMPATIBLE', 'was a window of 1 minute and is a window of 2 minutes'],
    ['no watermark by time any more', withOperator({ time: 'none' }), 'CHECKPOINT_KEY_INCOMPATIBLE', 'is none'],
    ['an aggregate fewer', withOperator({ values: [operator.values[0]] }), 'CHECKPOINT_VALUE_INCOMPATIBLE', '"total" (sum(float64)) is gone'],
    ['an aggregate of another kind', withOperator({ values: [operator.values[0], { name: 'total', type: 'avg(float64)' }] }), 'CHECKPOINT_VALUE_INCOMPATIBLE', 'avg(float64)'],
    ['an aggregate put in front', withOperator({ values: [{ name: 'most', type: 'max(float64)' }, ...operator.values] }), 'CHECKPOINT_VALUE_INCOMPATIBLE', 'aggregate 1 was count() ("n")'],
  ])('%s', (_, now, code, named) => {
    const refused = verdict(now)
    expect(refused?.code).toBe(code)
    expect(refused?.message).toContain(named)
  })

  test('state added to a query without any', () => {
    expect(verdict(old, { ...old, operators: [] })?.code).toBe('CHECKPOINT_STATE_MISSING')
  })

  test('an appended aggregate, where the query is to behave like Spark', () => {
    const now = withOperator({ values: [...operator.values, { name: 'most', type: 'max(float64)' }] })
    expect(() => checkCompatible(old, now, { mayAppend: false })).toThrow('aggregate "most" is new')
  })
})
