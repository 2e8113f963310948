import * as api from 'millrace'
import { expect, it } from 'vitest'
import { allAggregates } from '../../src/expr/aggregates/index.ts'
import { publicForm } from '../../src/expr/api/names.ts'
import { allFunctions } from '../../src/expr/functions/index.ts'
import { generatorFunctions } from '../../src/expr/functions/generators.ts'

interface Entry {
  readonly name: string
  readonly aliases?: readonly string[]
  readonly arity: readonly [number, number]
}

const entries: readonly Entry[] = [...allFunctions, ...allAggregates, ...generatorFunctions]
const exported: Readonly<Record<string, unknown>> = api
const value = api.lit(1)

/** Arguments that are of another form than a column each. */
const special: Readonly<Record<string, readonly unknown[]>> = {
  inline: [value, ['a']], inline_outer: [value, ['a']], stack: [1, ['a'], value], percentile: [value, 0.5], percentile_disc: [value, 0.5],
}

/** The name in the table that a public function calls. */
function calledBy(name: string, args: readonly unknown[]): string | undefined {
  const result = (exported[name] as (...args: readonly unknown[]) => unknown)(...args)
  const [first] = (result as { readonly kind?: unknown }).kind === undefined ? Object.values(result as object) : [result]
  return (first as { readonly expr: { readonly name?: string } }).expr.name
}

it('every entry of the tables has a public form that calls it', () => {
  const wrong = entries.filter(({ name, arity }) => {
    const form = publicForm(name)
    if (form.kind === 'other') return false
    if (form.kind === 'method') return ((value as unknown as Record<string, (...a: unknown[]) => { expr: { name: string } }>)[form.name](value, value)).expr.name !== name
    return typeof exported[form.name] !== 'function' || calledBy(form.name, special[name] ?? new Array<unknown>(Math.max(arity[0], 1)).fill(value)) !== name
  })
  expect(wrong.map(e => e.name)).toEqual([])
})

it('entries of another form are reached by it', () => {
  const [x] = [value]
  expect([
    api.typeOf(x).expr, api.struct({ a: x }).expr, api.arraysZip({ a: api.array(x) }).expr, api.when(x.gt(1), x).expr, x.cast(api.t.int64()).expr,
  ].map(e => (e.kind === 'call' ? e.name : e.kind))).toEqual(['typeof', 'named_struct', 'arrays_zip', 'case', 'cast'])
})

it('every public function is an entry of the tables, another name of one, or no function of rows', () => {
  const ours = new Set(entries.map(e => publicForm(e.name)).flatMap(f => (f.kind === 'function' ? [f.name] : [])))
  const functions = new Map(Object.entries(exported).filter(([name, f]) => typeof f === 'function' && /^[a-z]/.test(name)))
  const others = [...functions].filter(([name, f]) => !ours.has(name) && ![...ours].some(o => exported[o] === f)).map(([name]) => name)
  expect(others.sort()).toEqual([
    'aggregateFn', 'arraysZip', 'avro', 'consoleSink', 'defineJob', 'describeSchema', 'files', 'fn', 'foreach', 'foreachBatch', 'fromIterable', 'fromObservable', 'isMillraceError', 'json', 'kafka', 'lit', 'live', 'loadModel', 'memory', 'memorySink', 'noop', 'observableSink', 'rate', 'rateMicroBatch', 'registerModelUDF', 'registry', 'runJob', 'schema', 'socket', 'struct', 'typeOf', 'when', 'window',
  ])
})

it('another name of a function is one that Spark has', () => {
  const byForm = new Map(entries.map(e => [publicForm(e.name), e]))
  const wrong: string[] = []
  for (const [form, entry] of byForm) {
    if (form.kind !== 'function') continue
    for (const [name, f] of Object.entries(exported)) {
      if (name === form.name || f !== exported[form.name]) continue
      const known = (entry.aliases ?? []).some(a => a.replaceAll('_', '').toLowerCase() === name.toLowerCase())
      if (!known) wrong.push(`${name} is ${entry.name}`)
    }
  }
  expect(wrong).toEqual([])
})
