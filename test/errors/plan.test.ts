import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { count, type DataFrame, files, isMillraceError, type MillraceError, schema, Session, sum, t, Trigger, window } from 'millrace'
import { call } from '../../dist/expr/column.js'
import { temporaryFolder, writeJsonLines } from '../streaming/support.ts'

// Programs that the compiler would refuse, or that only the analyser can: each must end in the code that its page describes.

const event = schema({ at: t.timestamp(), sent: t.timestamp(), user: t.string(), amount: t.float64(), tags: t.array(t.string()) })
/** A frame whose columns the compiler does not know, as in plain JavaScript. */
type Loose = DataFrame<Record<string, never>>
type LooseColumns = Record<string, never>

let session: Session
let stream: Loose
let table: Loose
beforeAll(async () => {
  session = await Session.start()
  stream = session.readStream(files({ path: 'nowhere', format: 'jsonl', schema: event })) as unknown as Loose
  table = session.readBatch(files({ path: 'nowhere', format: 'jsonl', schema: event })) as unknown as Loose
})
afterAll(() => session.stop())

function codeOf(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    if (isMillraceError(error)) {
      expect(error.name).toBe('AnalysisError')
      expect(error.message).toMatch(/[.?]$/)
      return error.code
    }
    throw error
  }
  return 'nothing thrown'
}

async function codeOfStart(frame: Loose, options: object = {}): Promise<string> {
  const folder = await temporaryFolder()
  const writer = frame.writeStream({ sink: files({ path: `${folder}/out`, format: 'jsonl' }), checkpointLocation: `${folder}/ck`, ...options })
  try {
    await (await writer.start()).stop()
  } catch (error) {
    if (isMillraceError(error)) return error.code
    throw error
  }
  return 'nothing thrown'
}

describe('names and types', () => {
  test.each<[string, () => unknown]>([
    ['PLAN_UNKNOWN_COLUMN', () => stream.select('usr')],
    ['PLAN_UNKNOWN_FIELD', () => stream.groupBy(window('at' as never, '1 hour')).agg(() => ({ n: count() })).select((({ window: w }: { window: { begin: never } }) => ({ b: w.begin })) as never)],
    ['PLAN_UNKNOWN_FUNCTION', () => stream.withColumn('x', () => call('frobnicate'))],
    ['PLAN_ARGUMENT_COUNT', () => stream.withColumn('x', () => call('abs'))],
    ['PLAN_TYPE_MISMATCH', () => stream.where((({ user }: LooseColumns) => user) as never)],
    ['PLAN_DUPLICATE_COLUMN', () => stream.rename({ user: 'amount' } as never)],
    ['PLAN_AMBIGUOUS_COLUMN', () => stream.join(table, { on: ['user'] as never })],
    ['PLAN_UNION_MISMATCH', () => stream.union(stream.drop('user'))],
    ['PLAN_UNION_TYPE_MISMATCH', () => stream.select('tags').union(stream.select('amount'))],
    ['PLAN_GENERATOR_MISPLACED', () => stream.where((({ tags }: LooseColumns) => call('explode', tags)) as never)],
    ['PLAN_DROPPED_CONDITION', () => stream.where((({ amount }: { amount: { gt(n: number): boolean; lt(n: number): boolean } }) => amount.gt(1) && amount.lt(5)) as never)],
  ])('%s', (code, work) => expect(codeOf(work)).toBe(code))
})

describe('grouping and time', () => {
  test.each<[string, () => unknown]>([
    ['PLAN_AGGREGATE_MISPLACED', () => stream.groupBy('user').agg((({ amount }: LooseColumns) => ({ amount })) as never)],
    ['PLAN_INVALID_DURATION', () => stream.withWatermark('at' as never, '10 minuts' as never)],
    ['PLAN_INVALID_DURATION', () => window('at', '1 month' as never)],
    ['PLAN_WINDOW_INVALID', () => window('at', '1 hour', { slide: '2 hours' })],
    ['PLAN_WATERMARK_NOT_TIMESTAMP', () => stream.withWatermark('user' as never, '1 hour')],
    ['PLAN_TWO_WINDOWS', () => stream.groupBy((({ at }: LooseColumns) => ({ a: window(at as never, '1 hour'), b: window(at as never, '1 day') })) as never).agg(() => ({ n: count() }))],
  ])('%s', (code, work) => expect(codeOf(work)).toBe(code))
})

describe('streaming rules', () => {
  const perUser = (): Loose => stream.groupBy('user').agg((({ amount }: LooseColumns) => ({ total: sum(amount) })) as never) as unknown as Loose
  const perHour = (): Loose => stream.withWatermark('at' as never, '1 hour').groupBy(window('at' as never, '1 hour')).agg(() => ({ n: count() })) as unknown as Loose
  test.each<[string, () => Loose, object]>([
    ['PLAN_APPEND_NEEDS_WATERMARK', perUser, {}],
    ['PLAN_OUTPUT_MODE_UNSUPPORTED', () => stream, { outputMode: 'complete' }],
    ['PLAN_SINK_MODE_UNSUPPORTED', perUser, { outputMode: 'update' }],
    ['PLAN_STREAMING_UNSUPPORTED', () => perHour().groupBy('n').agg(() => ({ hours: count() })) as unknown as Loose, { outputMode: 'update' }],
    ['PLAN_STREAMING_UNSUPPORTED', () => stream.union(table), {}],
    ['PLAN_UNSUPPORTED_OPERATOR', () => stream.select('user').join(stream.select('user'), { on: ['user'] as never }) as unknown as Loose, {}],
    ['PLAN_TWO_EVENT_TIMES', () => stream.withWatermark('at' as never, '1 hour').groupBy(window('at' as never, '1 hour'), 'at').agg(() => ({ n: count() })) as unknown as Loose, {}],
    ['PLAN_INVALID_NAME', () => stream, { name: '../up' }],
    ['PLAN_INVALID_OPTION', () => stream, { checkpointLocation: '' }],
    ['PLAN_UNKNOWN_OPTION', () => stream, { outputmode: 'append' }],
  ])('%s', async (code, frame, options) => expect(await codeOfStart(frame(), options)).toBe(code))

  test('PLAN_WATERMARK_REDEFINED, at the latest when the two would disagree', async () => {
    const folder = await temporaryFolder()
    const line = { at: '2020-01-01T00:00:00Z', sent: '2020-01-01T00:00:00Z', user: 'ann', amount: 1, tags: [] }
    await writeJsonLines(`${folder}/in`, { 'a.jsonl': [line], 'b.jsonl': [line] })
    const twice = session
      .readStream(files({ path: `${folder}/in`, format: 'jsonl', schema: event, maxFilesPerTrigger: 1 }))
      .withWatermark('at', '1 hour')
      .withWatermark('sent', '1 hour')
    const ended = async (): Promise<boolean> => {
      const query = await twice.writeStream({ sink: files({ path: `${folder}/out`, format: 'jsonl' }), trigger: Trigger.availableNow(), checkpointLocation: `${folder}/ck` }).start()
      return query.awaitTermination()
    }
    const error = await ended().then(() => null, (e: unknown) => e as MillraceError)
    expect((error?.code === 'EXEC_FAILED' ? (error.cause as MillraceError) : error)?.code).toBe('PLAN_WATERMARK_REDEFINED')
  })

  test('PLAN_NOT_STREAMING and PLAN_IS_STREAMING', async () => {
    expect(codeOf(() => table.writeStream({ sink: files({ path: 'out', format: 'jsonl' }), checkpointLocation: 'ck' }))).toBe('PLAN_NOT_STREAMING')
    await expect(stream.collect()).rejects.toMatchObject({ code: 'PLAN_IS_STREAMING', sparkCondition: 'CALL_ON_STREAMING_DATASET_UNSUPPORTED' })
  })
})
