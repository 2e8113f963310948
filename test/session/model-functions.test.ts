import { count, isMillraceError, lit, loadModel, type LoadedModel, memory, MemorySink, memorySink, MemorySource, registerModelUDF, schema, Session, sum, t } from 'millrace'
import { describe, expect, onTestFinished, test } from 'vitest'
import { versionedModel } from '../../src/testing/torture/versioned-model.ts'
import { temporaryFolder } from '../streaming/support.ts'

const flights = schema({ id: t.int32(), dep_delay: t.nullable(t.float64()), carrier: t.string() })
const rows = [{ id: 1, dep_delay: 50, carrier: 'AA' }, { id: 2, dep_delay: null, carrier: 'UA' }, { id: 3, dep_delay: -5, carrier: 'AA' }]

async function started(executors = 0) {
  const session = await Session.start({ executors })
  onTestFinished(() => session.stop())
  const source = new MemorySource(flights)
  source.addData(rows)
  return { session, frame: session.readBatch(memory(source)) }
}

const problem = async (run: () => unknown): Promise<string> => {
  try {
    await run()
    return 'none'
  } catch (error) {
    return isMillraceError(error) ? `${error.code}: ${error.message}` : String(error)
  }
}

/** LightGBM's answer for 8 inputs, of which two come from the row. */
const lateness = (): Promise<LoadedModel> => loadModel('test/fixtures/models/lightgbm-categorical-pandas/model.txt')
const others = { total: 100, contract: 'month', region: null, senior: '0', payment: 'card', calls: 3 }

describe('a model as a function', () => {
  test.each([0, 2])('gives in select() what score() gives, on %i workers', async executors => {
    const { session, frame } = await started(executors)
    const model = await lateness()
    const late = registerModelUDF(session, 'late', model, { output: 'probability' })
    const named = await frame.select('id', ({ id, dep_delay }) => ({ p: late({ tenure: id, monthly: dep_delay, ...others }), twice: late({ tenure: id, monthly: dep_delay, ...others }).times(2) })).collect()
    const scored = await frame
      .select('id', ({ id, dep_delay }) => ({ tenure: id, monthly: dep_delay, total: lit(100), contract: lit('month'), region: lit(null), senior: lit('0'), payment: lit('card'), calls: lit(3) }))
      .score(model, { output: { p: 'probability' } }).select('id', 'p').collect()
    expect(named).toEqual(scored.map(({ id, p }) => ({ id, p, twice: p * 2 })))
    const ordered = frame.withColumn('p', ({ id, dep_delay }) => late(id, dep_delay, 100, 'month', null, '0', 'card', 3))
    expect((await ordered.collect()).map(r => r.p)).toEqual(named.map(r => r.p))
    expect(Object.keys((await ordered.collect())[0])).toEqual(['id', 'dep_delay', 'carrier', 'p'])
  })

  test('in where() scores only the rows that the rest of the condition leaves, and adds no column', async () => {
    const { session, frame } = await started()
    const seven = registerModelUDF(session, 'seven', await versionedModel(7))
    const kept = frame.where(({ id, carrier }) => seven(id).gt(6).and(carrier.eq('AA')))
    expect(await kept.collect()).toEqual([rows[0], rows[2]])
    expect(kept.explain()).toMatch(/Project \[id, dep_delay, carrier\]\n +\+- Filter .*seven#0.*\n +\+- Score .*\n +\+- Filter .*carrier/)
    expect(await frame.where(({ id }) => seven(id).lt(7)).collect()).toEqual([])
  })

  test('stands in groupBy() and agg(), and in the inputs of another', async () => {
    const { session, frame } = await started()
    const [two, three] = [registerModelUDF(session, 'two', await versionedModel(2)), registerModelUDF(session, 'three', await versionedModel(3))]
    expect(await frame.groupBy(({ id }) => ({ key: two(id).plus(1) })).agg(({ id }) => ({ n: count(), total: sum(three(two(id))) })).collect()).toEqual([{ key: 3, n: 3, total: 9 }])
    const nested = frame.select(({ id }) => ({ v: three(two(id)) }))
    expect(await nested.collect()).toEqual([{ v: 3 }, { v: 3 }, { v: 3 }])
    expect(nested.explain().match(/Score/g)).toHaveLength(2)
  })

  test('scores a stream, and its digest stands in the record', async () => {
    const folder = await temporaryFolder()
    const { session } = await started(2)
    const model = await versionedModel(4)
    const four = registerModelUDF(session, 'four', model)
    const source = new MemorySource(flights)
    const sink = new MemorySink<object>()
    const query = await session.readStream(memory(source)).where(({ id }) => four(id).eq(4)).select('id', ({ id }) => ({ v: four(id) })).writeStream({ sink: memorySink(sink), checkpointLocation: `${folder}/checkpoint` }).start()
    source.addData(rows)
    await query.processAllAvailable()
    expect(sink.rows()).toEqual([{ id: 1, v: 4 }, { id: 2, v: 4 }, { id: 3, v: 4 }])
    expect(query.lastProgress?.models).toEqual([model.digest])
    expect(query.lastProgress?.modelMetrics).toMatchObject([{ numRows: 6 }])
  })

  test('says what is wrong where it is called', async () => {
    const { session, frame } = await started()
    const model = await lateness()
    const late = registerModelUDF(session, 'late', model)
    const elsewhere = await started()
    expect([
      await problem(() => frame.select(({ id }) => ({ p: late(id) }))),
      await problem(() => frame.select(({ id }) => ({ p: late({ tenur: id }) }))),
      await problem(() => frame.select(({ id, carrier }) => ({ p: late({ tenure: carrier, monthly: id, ...others }) }))),
      await problem(() => elsewhere.frame.select(({ id }) => ({ p: late({ tenure: id, monthly: id, ...others }) }))),
      await problem(() => registerModelUDF(session, 'a b', model)),
      await problem(() => registerModelUDF(session, 'x', model, { output: 'probabilty' as never })),
      await problem(() => registerModelUDF(session, 'x', 'model.txt' as never)),
      await problem(() => registerModelUDF(session, 'x', model, { onInvalid: 'skip' as never })),
    ]).toEqual([
      'PLAN_ARGUMENT_COUNT: late() was called with 1 inputs, but the model has 8: "tenure", "monthly", "total", "contract", "region", "senior", "payment", "calls". Give them in this order, or as an object by name; null stands for a missing one.',
      'ML_SCHEMA_MISMATCH: late() was given the input "tenur", but the model has "tenure", "monthly", "total", "contract", "region", "senior", "payment", "calls". Did you mean "tenure"?',
      'ML_SCHEMA_MISMATCH: Model "model.txt" takes a number as input "tenure", but the column is a string. Cast it, or map another column.',
      'PLAN_UNKNOWN_FUNCTION: The query calls the model late(), which its session does not have. Register it in the session that the frame comes from: registerModelUDF(session, "late", model).',
      expect.stringMatching(/^PLAN_INVALID_NAME: /),
      expect.stringMatching(/^ML_SCHEMA_MISMATCH: Model "model.txt" has no output "probabilty", only .* Did you mean "probability"\?/),
      'TypeError: registerModelUDF() takes a session, a name and a model: await loadModel("path") first.',
      'PLAN_INVALID_OPTION: Option "onInvalid" of registerModelUDF() is "skip", but it must be one of "keep", "error".',
    ])
  })

  test('with a fallback its call may be null', async () => {
    const { session, frame } = await started()
    const refusing = await loadModel<{ prediction: number }>('test/ml/h2o/models/glm-skip.zip')
    const names = refusing.signature.inputs.map(i => i.name)
    const nothing = Object.fromEntries(names.map(n => [n, null]))
    const plain = registerModelUDF(session, 'plain', refusing)
    const safe = registerModelUDF(session, 'safe', refusing, { onError: { fallback: null } })
    expect(await problem(() => frame.select(() => ({ p: plain(nothing) })).collect())).toMatch(/^ML_SCORING_FAILED/)
    expect(await frame.select(() => ({ p: safe(nothing) })).collect()).toEqual([{ p: null }, { p: null }, { p: null }])
  })
})
