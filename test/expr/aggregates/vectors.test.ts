import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { RecordBatch } from '../../../src/columnar/record-batch.ts'
import { takeRows } from '../../../src/columnar/take.ts'
import { isMillraceError } from '../../../src/common/errors.ts'
import { getBit } from '../../../src/columnar/bitmap.ts'
import { isNullAt } from '../../../src/columnar/vector.ts'
import { compile, rowsOfBatch } from '../../../src/expr/evaluate.ts'
import { resolve } from '../../../src/expr/resolve.ts'
import { context, type Query, run, type Table, tableOf } from './harness.ts'
import { aggregateFromJson, batchFromJson, type ColumnJson, equalJson, exprFromJson, Unsupported, valueToJson } from './vector-format.ts'

type Json = { readonly [key: string]: unknown }

interface TestVector {
  readonly id: string
  readonly title: string
  readonly sources: { readonly in: { readonly schema: readonly ColumnJson[]; readonly rows: readonly (readonly unknown[])[] } }
  readonly query: Json
  readonly outputMode?: string
  readonly expect: { readonly rows?: readonly (readonly unknown[])[]; readonly error?: { readonly condition: string } }
  readonly steps: readonly {
    readonly in?: { readonly in: readonly (readonly unknown[])[] }
    readonly expect: { readonly batches?: readonly { readonly rows: readonly (readonly unknown[])[] }[]; readonly error?: { readonly condition: string } }
  }[]
}

function load(family: string): TestVector[] {
  const text = readFileSync(new URL(`../../fixtures/vectors/${family}.jsonl`, import.meta.url), 'utf8')
  // Whole numbers that a double cannot hold become text, as vectors write them in expectations.
  const exact = text.replaceAll(/(?<=[[,])-?\d{16,}(?=[\],])/g, '"$&"')
  return exact.trim().split('\n').map(line => JSON.parse(line) as TestVector)
}

/** The rows that go into the aggregation, and the aggregation. */
function read(v: TestVector, rows: readonly (readonly unknown[])[]): { batch: RecordBatch; query: Query } {
  if (v.query['op'] !== 'aggregate') throw new Unsupported('a query after the aggregation')
  let query = v.query
  const input = query['input'] as Json
  let batch: RecordBatch
  if (input['op'] === 'select') {
    const [first] = rows[0] as number[]
    const start = v.title.includes('over 1..') ? 1 : 0
    // explode(sequence(...)) and the casts of its element, made here.
    const numbers = Array.from({ length: first }, (_, i) => i + start)
    batch = batchFromJson(
      [{ name: 'x', type: 'int' }, { name: 'x_string', type: 'string' }, { name: 'x_double', type: 'double' }],
      numbers.map(x => [x, String(x), x]),
    )
    query = JSON.parse(JSON.stringify(query), (_key, value: Json) =>
      value !== null && typeof value === 'object' && 'cast' in value ? { col: `x_${value['to'] as string}` } : value,
    ) as Json
  } else {
    batch = batchFromJson(v.sources.in.schema, rows)
    if (input['op'] === 'filter') batch = filtered(batch, input['condition'] as Json)
  }
  const keys = (query['groupBy'] as { readonly expr: Json }[]).map(k => exprFromJson(k.expr))
  const aggregates = (query['aggregates'] as { readonly expr: Json }[]).map(a => aggregateFromJson(a.expr))
  return { batch, query: { keys, aggregates } }
}

function filtered(batch: RecordBatch, condition: Json): RecordBatch {
  const kept = compile(resolve(exprFromJson(condition), batch.schema, 'where()'))(rowsOfBatch(batch), context)
  const rows = Array.from({ length: batch.numRows }, (_, i) => i).filter(i => !isNullAt(kept, i) && getBit(kept.values as Uint8Array, i))
  return takeRows(batch, Int32Array.from(rows))
}

function rowsOfTable(table: Table): unknown[][] {
  const results = table.finish()
  return table.keyValues(valueToJson).map((key, i) => [...key, ...results.map(r => valueToJson(r, i))])
}

function sameRows(actual: readonly unknown[], expected: readonly unknown[]): boolean {
  const rest = [...actual]
  for (const row of expected) {
    const k = rest.findIndex(other => equalJson(other, row))
    if (k < 0) return false
    rest.splice(k, 1)
  }
  return rest.length === 0
}

/** What is missing: said by analysis, or a type that the reader of vectors lacks. */
function isRefusal(error: unknown): boolean {
  return error instanceof Unsupported || (isMillraceError(error) && error.name === 'AnalysisError' && !(error.code === 'PLAN_INVALID_ARGUMENT'))
}

function conditionOf(error: unknown): string {
  if (!isMillraceError(error)) throw error
  return error.sparkCondition ?? error.code
}

interface Outcome {
  readonly failed: string[]
  readonly refused: string[]
}

function check(vectors: readonly TestVector[], one: (v: TestVector) => string | undefined): Outcome {
  const outcome: Outcome = { failed: [], refused: [] }
  for (const v of vectors) {
    try {
      const difference = one(v)
      if (difference !== undefined) outcome.failed.push(`${v.id} ${v.title}: ${difference}`)
    } catch (error) {
      if (!isRefusal(error)) throw error
      outcome.refused.push(v.id)
    }
  }
  return outcome
}

/** Refused today, each for its reason; one that starts to work needs no change here, one that stops does. */
const distinct = ['XG-005', 'XG-006', 'XG-012', 'XG-089', 'XG-118']
const decimals = ['XG-011', 'XG-015', 'XG-027', 'XG-090', 'XG-099', 'XG-100', 'XG-122', 'AX-004', 'AX-010', 'AX-026']
const absentAggregates = ['XG-074', 'XG-083', 'XG-092', 'XG-111', 'XG-130', 'XG-131']
const absentFunctions = ['XG-084', 'AX-024', 'AX-028', 'AX-029', 'AX-031']
const otherQueries = ['XG-088', 'AX-034']
const known = new Set([...distinct, ...decimals, ...absentAggregates, ...absentFunctions, ...otherQueries])

describe('vectors', () => {
  test('batch aggregates give what Spark gives', () => {
    const { failed, refused } = check(load('XG'), v => {
      const { batch, query } = read(v, v.sources.in.rows)
      let rows: unknown[][]
      try {
        rows = rowsOfTable(run(query, batch))
      } catch (error) {
        if (isRefusal(error)) throw error
        const condition = conditionOf(error)
        return v.expect.error?.condition === condition ? undefined : condition
      }
      return sameRows(rows, v.expect.rows ?? []) ? undefined : JSON.stringify(rows)
    })
    expect(failed).toEqual([])
    expect(refused.filter(id => !known.has(id))).toEqual([])
  })

  test('streaming aggregates give what Spark gives, batch by batch', () => {
    const { failed, refused } = check(load('AX'), v => {
      const { query, batch } = read(v, [])
      const state = tableOf(query, batch)
      for (const [number, step] of v.steps.entries()) {
        const part = tableOf(query, batch)
        let rows: unknown[][]
        try {
          const input = read(v, step.in?.in ?? []).batch
          part.add(input)
          state.merge(part)
          rows = rowsOfTable(state)
        } catch (error) {
          if (isRefusal(error)) throw error
          const condition = conditionOf(error)
          if (step.expect.error?.condition !== condition) return `step ${number}: ${condition}`
          continue
        }
        const changed = v.outputMode === 'update' ? rows.filter((_, i) => part.slots.has([...state.slots.keys()][i])) : rows
        const expected = (step.expect.batches ?? []).flatMap(b => b.rows)
        if (step.expect.error !== undefined || !sameRows(changed, expected)) return `step ${number}: ${JSON.stringify(changed)}`
      }
      return undefined
    })
    expect(failed).toEqual([])
    expect(refused.filter(id => !known.has(id))).toEqual([])
  })
})
