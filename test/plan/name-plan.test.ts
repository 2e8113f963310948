import { describe, expect, test } from 'vitest'
import { count, sum } from '../../src/expr/api/index.ts'
import { window } from '../../src/expr/window.ts'
import { nodesOf } from '../../src/plan/logical-plan.ts'
import type { LogicalPlan } from '../../src/plan/logical-plan.ts'
import { checkName, namePlan } from '../../src/plan/name-plan.ts'
import { stream, table } from './support.ts'

/** Names of scans and aggregations, from the leaves up. */
function names(plan: LogicalPlan): string[] {
  const found: string[] = []
  for (const node of nodesOf(namePlan(plan))) {
    if (node.kind === 'scan' || node.kind === 'aggregate') found.push(String(node.name))
  }
  return found.sort()
}

describe('names on disk', () => {
  test('follow from kind and position, so that the same query has the same names', () => {
    const frame = stream().union(stream()).withWatermark('at', '1 minute').groupBy(window('at', '1 minute'), 'user').agg(() => ({ n: count() }))
    expect(names(frame.plan)).toEqual(['aggregate-0', 'memory-0', 'memory-1'])
    expect(namePlan(frame.plan)).toEqual(namePlan(frame.plan))
  })

  test('are counted from the leaves, left to right', () => {
    const inner = stream('left').withWatermark('at', '1 minute').groupBy(window('at', '1 minute'), 'user').agg(() => ({ n: count() }))
    const outer = inner.groupBy(({ window: w }) => ({ span: window(w, '1 hour') })).agg(({ n }) => ({ total: sum(n) }))
    const plan = namePlan(outer.plan)
    const [first, second] = [...nodesOf(plan)].filter(n => n.kind === 'aggregate').map(n => n.name)
    expect([first, second].sort()).toEqual(['aggregate-0', 'aggregate-1'])
    expect(plan.kind === 'aggregate' && plan.name).toBe('aggregate-1')
  })

  test('that are given are kept; to name one source renames no other', () => {
    const frame = stream('clicks').union(stream()).groupBy('user').agg(() => ({ n: count() }), { name: 'per-user' })
    expect(names(frame.plan)).toEqual(['clicks', 'memory-1', 'per-user'])
  })

  test('of static tables are apart from those of streams, so that a table more moves none', () => {
    expect(names(stream().join(table(), { on: ['user'] }).plan)).toEqual(['memory-0', 'static-memory-0'])
    expect(names(stream().join(table(), { on: ['user'] }).plan)).toContain(names(stream().plan)[0])
  })

  test('a source that is used twice is one', () => {
    const source = stream()
    expect(new Set(names(source.union(source).plan))).toEqual(new Set(['memory-0']))
  })

  test('that two share are refused', () => {
    expect(() => namePlan(stream('a').union(stream('a')).plan)).toThrow(expect.objectContaining({ code: 'PLAN_INVALID_NAME', context: { name: 'a' } }) as Error)
    expect(() => namePlan(stream('x').groupBy('user').agg(() => ({ n: count() }), { name: 'x' }).plan)).toThrow('named "x"')
  })
})

test.each(['../up', '', '.hidden', 'a/b', 'a b', 'ä', 'x'.repeat(129)])('the name "%s" is refused: it becomes part of paths', name => {
  expect(() => checkName(name, 'source name')).toThrow(expect.objectContaining({ code: 'PLAN_INVALID_NAME' }) as Error)
})

test.each(['a', 'A-1_b.c', '0', 'x'.repeat(128)])('the name "%s" is accepted', name => {
  expect(() => checkName(name, 'source name')).not.toThrow()
})
