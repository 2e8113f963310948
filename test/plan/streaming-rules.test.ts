import { describe, expect, test } from 'vitest'
import { count } from '../../src/expr/api/index.ts'
import { window } from '../../src/expr/window.ts'
import { isMillraceError } from '../../src/common/errors.ts'
import type { LogicalPlan } from '../../src/plan/logical-plan.ts'
import { checkEventTimes, checkStreamingRules, watermarkRedefined } from '../../src/plan/streaming-rules.ts'
import { stream, table } from './support.ts'

const modes = ['append', 'update', 'complete'] as const

/** For each output mode: null where the query may run, or the code of the refusal. */
function verdicts(plan: LogicalPlan): (string | null)[] {
  return modes.map(mode => {
    try {
      checkStreamingRules(plan, mode)
      return null
    } catch (error) {
      if (!isMillraceError(error)) throw error
      expect(error.name).toBe('AnalysisError')
      return error.code
    }
  })
}

const timed = () => stream().withWatermark('at', '1 minute')
const n = () => ({ n: count() })
const perMinute = () => timed().groupBy(window('at', '1 minute'), 'user').agg(n)

const needsWatermark = 'PLAN_APPEND_NEEDS_WATERMARK'
const unsupportedMode = 'PLAN_OUTPUT_MODE_UNSUPPORTED'
const unsupported = 'PLAN_STREAMING_UNSUPPORTED'

describe('which shapes may run in append, update and complete mode', () => {
  test.each<[string, LogicalPlan, (string | null)[]]>([
    ['rows, filtered and projected', stream().where(({ amount }) => amount.gt(1)).select('user').plan, [null, null, unsupportedMode]],
    ['rows beside a static table', stream().join(table(), { on: ['user'], how: 'left' }).plan, [null, null, unsupportedMode]],
    ['a static aggregation is no stream', stream().join(table().groupBy('user').agg(n), { on: ['user'] }).plan, [null, null, unsupportedMode]],
    ['windows of an event time with a watermark', perMinute().plan, [null, null, null]],
    ['windows without a watermark', stream().groupBy(window('at', '1 minute')).agg(n).plan, [needsWatermark, null, null]],
    ['a watermark on another column', stream().withColumn('other', ({ at }) => at).withWatermark('other', '1 minute').groupBy(window('at', '1 minute')).agg(n).plan, [needsWatermark, null, null]],
    ['the event time itself as key', timed().groupBy('at').agg(n).plan, [null, null, null]],
    ['a plain key', timed().groupBy('user').agg(n).plan, [needsWatermark, null, null]],
    ['no key', timed().agg(n).plan, [needsWatermark, null, null]],
    ['the event time renamed is still one', timed().rename({ at: 'when' }).groupBy(window('when', '1 minute')).agg(n).plan, [null, null, null]],
    ['the event time computed with is none', timed().select(({ at }) => ({ day: at.cast({ type: { kind: 'date' }, nullable: false } as never) })).groupBy('day').agg(n).plan, [needsWatermark, null, null]],
    ['a union of streams', timed().union(timed()).groupBy(window('at', '1 minute')).agg(n).plan, [null, null, null]],
    ['windows over windows', perMinute().groupBy(({ window: w }) => ({ span: window(w, '1 hour') })).agg(n).plan, [null, unsupported, unsupported]],
  ])('%s', (_, plan, expected) => {
    expect(verdicts(plan)).toEqual(expected)
  })

  test('a union of a stream and a table is refused in every mode', () => {
    const plan: LogicalPlan = { kind: 'union', inputs: [stream().select('user').plan, table().select('user').plan] }
    expect(verdicts(plan)).toEqual([unsupported, unsupported, unsupportedMode])
  })

  test.each([['left', 'right'], ['left', 'full'], ['right', 'left'], ['right', 'full'], ['right', 'leftSemi'], ['right', 'leftAnti']] as const)('the stream on the %s of a %s join is refused', (side, how) => {
    const [left, right] = side === 'left' ? [stream().plan, table().plan] : [table().plan, stream().plan]
    const key = { kind: 'column', name: 'user' } as const
    const plan: LogicalPlan = { kind: 'join', left, right, how, keys: [{ left: key, right: key }], condition: null, dropRight: [] }
    expect(verdicts(plan).slice(0, 2)).toEqual([unsupported, unsupported])
  })

  test('a join of two streams is refused by name', () => {
    const key = { kind: 'column', name: 'user' } as const
    const plan: LogicalPlan = { kind: 'join', left: stream().plan, right: stream().plan, how: 'inner', keys: [{ left: key, right: key }], condition: null, dropRight: [] }
    expect(verdicts(plan)[0]).toBe('PLAN_UNSUPPORTED_OPERATOR')
  })
})

test('the refusal of append names the keys and says what to do', () => {
  expect(() => checkStreamingRules(timed().groupBy('user', 'note').agg(n).plan, 'append')).toThrow(/groups by "user", "note" never become final.*withWatermark\(\)/)
})

test('two event times in one aggregation are refused with their names', () => {
  const both = stream().withWatermark('at', '1 minute').groupBy(window('at', '1 minute'), 'at').agg(n)
  expect(() => checkEventTimes(both.plan)).toThrow(expect.objectContaining({ code: 'PLAN_TWO_EVENT_TIMES', context: { columns: ['window', 'at'] } }) as Error)
  expect(() => checkEventTimes(perMinute().plan)).not.toThrow()
})

test('a second watermark on one stream is found, one on each of two streams is not', () => {
  expect(watermarkRedefined(timed().withWatermark('at', '5 minutes').plan)).toMatchObject({ code: 'PLAN_WATERMARK_REDEFINED' })
  expect(watermarkRedefined(timed().union(timed()).plan)).toBeNull()
})
