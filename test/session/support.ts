import { type DataFrame, memory, MemorySource, schema, Session, t } from 'millrace'
import { expect } from 'vitest'

/** A column of each type, and some that are null. */
export const sample = schema({
  i: t.int32(),
  n: t.integer(),
  big: t.int64(),
  x: t.float64(),
  s: t.string(),
  b: t.boolean(),
  at: t.timestamp(),
  d: t.date(),
  bytes: t.binary(),
  numbers: t.array(t.int32()),
  words: t.array(t.nullable(t.string())),
  nested: t.array(t.array(t.int32())),
  point: t.struct({ east: t.float64(), name: t.string() }),
  points: t.array(t.struct({ east: t.float64(), name: t.string() })),
  noNumber: t.nullable(t.float64()),
  noText: t.nullable(t.string()),
})

export const sampleRow = {
  i: -7, n: 3_000_000_000, big: 9n, x: 2.5, s: 'Spark SQL', b: true,
  at: new Date('2013-01-31T10:20:30.500Z'), d: '2013-01-31' as const, bytes: Uint8Array.of(0x41, 0x42),
  numbers: [3, 1, 2], words: ['b', null, 'a'], nested: [[1, 2], [3]],
  point: { east: 1.5, name: 'home' }, points: [{ east: 1.5, name: 'home' }, { east: 2.5, name: 'away' }],
  noNumber: null, noText: null,
}

export const session = await Session.start()

export function sampleFrame() {
  const source = new MemorySource(sample)
  source.addData([sampleRow])
  return session.readBatch(memory(source))
}

/** The frame has these rows; that their types fit is the compiler's to check. */
export async function expectRows<R>(frame: DataFrame<R>, ...rows: NoInfer<R>[]): Promise<void> {
  expect(await frame.collect()).toEqual(rows)
}

/** As expectRows(), for results whose order is nobody's promise: rows are put in the order of a column. */
export async function expectRowsBy<R>(name: keyof R, frame: DataFrame<R>, ...rows: NoInfer<R>[]): Promise<void> {
  const collected = await frame.collect()
  expect(collected.sort((a, b) => (a[name] < b[name] ? -1 : 1))).toEqual(rows)
}

/** Code, message and class of the error that a call throws. */
export function problem(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    return described(error)
  }
  return 'nothing thrown'
}

export async function laterProblem(promise: Promise<unknown>): Promise<string> {
  return promise.then(() => 'nothing thrown', described)
}

function described(error: unknown): string {
  const { name, code, message } = error as Error & { readonly code?: string }
  return `${code ?? name}: ${message}`
}
