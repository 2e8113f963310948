import { describe, expect, test } from 'vitest'
import { float64Type } from '../../src/columnar/data-type.ts'
import { makeLiteral } from '../../src/expr/literal.ts'
import { batchOf, type CallLog, doubling, score, specOf } from './score-support.ts'

const many = Array.from({ length: 5000 }, (_, i) => i)

/** The same rows cut into batches of a length. */
const cut = (values: readonly number[], length: number) => Array.from({ length: Math.ceil(values.length / length) }, (_, k) => batchOf(values.slice(k * length, (k + 1) * length)))

const constant = { kind: 'constants', values: [makeLiteral(-1, float64Type)] } as const

describe('pieces of a batch', () => {
  test('grow to what a call does in its time, and others have their turn in between', async () => {
    const log: CallLog = { calls: [] }
    // A row takes 10 microseconds, so that 4 milliseconds are 400 rows.
    const { turns } = await score(specOf(), [doubling({ log })], [batchOf(many)], rows => rows * 0.01)
    expect(log.calls.slice(0, 3)).toEqual([256, 400, 400])
    expect(Math.max(...log.calls)).toBe(400)
    expect(log.calls.reduce((a, b) => a + b, 0)).toBe(5000)
    expect(turns).toBe(log.calls.length - 1)
  })

  test('shrink to a single row for a model that takes longer than its time for one', async () => {
    const log: CallLog = { calls: [] }
    await score(specOf(), [doubling({ log })], [batchOf(many.slice(0, 300))], rows => rows * 50)
    expect(log.calls.slice(0, 3)).toEqual([256, 1, 1])
  })

  test('have no more rows than maxRows, and the last, short one does not make the next ones short', async () => {
    const log: CallLog = { calls: [] }
    const calls = await score(specOf({ limits: { maxRows: 1000, budgetMs: 4 } }), [doubling({ log })], [batchOf(many.slice(0, 2500)), batchOf(many.slice(0, 2500))], rows => (rows < 1000 ? 3 : 0.001))
    expect(log.calls).toEqual([256, 336, 448, 592, 784, 84, 1000, 1000, 500])
    expect(calls.tally.of('double')).toMatchObject({ rows: 5000, calls: 9, errors: 0 })
  })

  test('give the same rows however large they are', async () => {
    const { rows } = await score(specOf(), [doubling()], [batchOf(many)])
    expect(rows).toEqual(many.map(x => ({ x, y: 2 * x, route: 'model' })))
    for (const ms of [0.5, 0.03, 0.001]) expect((await score(specOf(), [doubling()], cut(many, 777), n => n * ms)).rows).toEqual(rows)
  })
})

describe('onError', () => {
  const fails = (x: number): boolean => x % 1000 === 7

  test('without a fallback a failure of the model is the failure of the task', async () => {
    await expect(score(specOf(), [doubling({ fails })], [batchOf(many)])).rejects.toThrow('It cannot take 7.')
  })

  test.each([0.001, 0.05])('finds the rows that the model fails at, whichever pieces they lie in (%d ms a row)', async ms => {
    const { rows, tally } = await score(specOf({ fallback: constant }), [doubling({ fails })], cut(many, 1300), n => n * ms)
    expect(rows).toEqual(many.map(x => (fails(x) ? { x, y: -1, route: 'fallback' } : { x, y: 2 * x, route: 'model' })))
    expect(tally.of('double').fallbackRows).toBe(5)
    expect(tally.of('double').rows).toBe(4995)
    expect(tally.of('double').errors).toBeGreaterThanOrEqual(5)
  })

  test('another model answers for the rows alone', async () => {
    const log: CallLog = { calls: [] }
    const second = { ...doubling({ digest: 'second', log }) }
    const fallback = { kind: 'model', slot: 1, name: null, inputs: [{ kind: 'column', name: 'x' }], inputNames: ['x'] } as const
    const { rows } = await score(specOf({ fallback, provenance: ['digest'] }), [doubling({ fails }), second], [batchOf([1, 7, 2, 1007])])
    expect(rows).toEqual([{ x: 1, y: 2, route: 'double' }, { x: 7, y: 14, route: 'second' }, { x: 2, y: 4, route: 'double' }, { x: 1007, y: 2014, route: 'second' }])
    expect(log.calls).toEqual([2])
    await expect(score(specOf({ fallback }), [doubling({ fails }), doubling({ digest: 'second', fails })], [batchOf([7])])).rejects.toThrow('It cannot take 7.')
  })

  test('answers for rows that the model refuses, where they are kept', async () => {
    const refuses = (x: number): boolean => x === 3
    await expect(score(specOf(), [doubling({ refuses })], [batchOf([1, 3])])).rejects.toMatchObject({ code: 'ML_SCORING_FAILED' })
    expect((await score(specOf({ fallback: constant }), [doubling({ refuses })], [batchOf([1, 3])])).rows).toEqual([{ x: 1, y: 2, route: 'model' }, { x: 3, y: -1, route: 'fallback' }])
    expect((await score(specOf({ fallback: constant, onInvalid: 'skip' }), [doubling({ refuses })], [batchOf([1, 3])])).rows).toEqual([{ x: 1, y: 2, route: 'model' }])
  })

  test('that every row fails costs no more calls than it must', async () => {
    const log: CallLog = { calls: [] }
    const { rows } = await score(specOf({ fallback: constant }), [doubling({ fails: () => true, log })], [batchOf(many)])
    expect(rows.every(r => (r as { y: number }).y === -1)).toBe(true)
    expect(log.calls.length).toBeLessThan(5000 * 1.3)
  })
})

describe('onInvalid', () => {
  const values = [1, null, 3, NaN, 5]
  const refuses = (x: number): boolean => x === 3

  test('keep gives missing values to the model', async () => {
    const { rows, tally } = await score(specOf(), [doubling()], [batchOf(values)])
    expect(rows).toHaveLength(5)
    expect(tally.of('double').invalidRows).toBe(0)
  })

  test('skip leaves out rows with a missing input, and those that the model refuses', async () => {
    const { rows, tally, letters } = await score(specOf({ onInvalid: 'skip' }), [doubling({ refuses })], [batchOf(values), batchOf([null])])
    expect(rows).toEqual([{ x: 1, y: 2, route: 'model' }, { x: 5, y: 10, route: 'model' }])
    expect(tally.of('double')).toMatchObject({ invalidRows: 4, rows: 3 })
    expect(letters).toEqual([])
  })

  test.each([1, 2, 5])('deadLetter hands them on as JSON, in the order of rows, in batches of %i', async length => {
    const { letters } = await score(specOf({ onInvalid: 'deadLetter' }), [doubling({ refuses })], cut(values as number[], length))
    expect(letters.map(l => ({ ...l, raw: new TextDecoder().decode(l.raw) }))).toEqual([
      { origin: 'score() with double', line: 2, byte: 0, reason: 'input "x" is missing', raw: '{"x":null}' },
      { origin: 'score() with double', line: 3, byte: 0, reason: 'x is 3', raw: '{"x":3}' },
      { origin: 'score() with double', line: 4, byte: 0, reason: 'input "x" is missing', raw: '{"x":"NaN"}' },
    ])
  })

  test('error fails the task and says which input', async () => {
    await expect(score(specOf({ onInvalid: 'error' }), [doubling()], [batchOf(values)])).rejects.toMatchObject({ code: 'ML_INPUT_INVALID', message: expect.stringContaining('input "x" is missing') as string })
    await expect(score(specOf({ onInvalid: 'error' }), [doubling({ refuses })], [batchOf([3])])).rejects.toMatchObject({ code: 'ML_SCORING_FAILED' })
  })
})
