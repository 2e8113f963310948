import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { field, float64Type, stringType } from '../../src/columnar/data-type.ts'
import { vectorOf } from '../../src/columnar/builder.ts'
import { RecordBatch } from '../../src/columnar/record-batch.ts'
import { makeSchema } from '../../src/columnar/schema.ts'
import type { Model } from '../../src/ml/model.ts'
import { loadModelFromBytes } from '../../src/ml/registry.ts'
import { score, specOf } from './score-support.ts'

type JsonRow = { readonly [name: string]: unknown }

const at = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url))
const lines = (path: string): JsonRow[] => readFileSync(at(path), 'utf8').trimEnd().split('\n').map(line => JSON.parse(line) as JsonRow)

const folders = readdirSync(at('fixtures/models'), { withFileTypes: true }).filter(e => e.isDirectory()).flatMap(({ name }) => {
  const path = `fixtures/models/${name}`
  const names = readdirSync(at(path))
  const file = names.find(f => f === 'model.json' || f === 'model.txt')
  // The model.json of a TensorFlow.js model is not all of it.
  return file === undefined || !names.includes('input.jsonl') || name.startsWith('tfjs') ? [] : [{ name, model: `${path}/${file}`, input: `${path}/input.jsonl` }]
})
const mojos = readdirSync(at('ml/h2o/models')).filter(f => f.endsWith('.zip')).map(f => ({ name: f, model: `ml/h2o/models/${f}`, input: 'ml/h2o/models/input.jsonl' }))

/** A batch with a column for each input of the model, as far as the rows have it. */
function batchFor(model: Model, rows: readonly JsonRow[]): RecordBatch {
  const columns = model.signature.inputs.map(({ name, kind }) => {
    const values = rows.map(row => row[name] ?? null)
    if (kind === 'category' && values.some(v => typeof v === 'string')) return vectorOf(stringType, values.map(v => (v === null ? null : String(v))))
    return vectorOf(float64Type, values.map(v => (v === null || v === '' ? null : Number(v))))
  })
  const fields = model.signature.inputs.map(({ name }, k) => field(name, columns[k].type))
  return new RecordBatch(makeSchema(fields), rows.length, columns)
}

describe('scores do not depend on the pieces that a batch is cut into', () => {
  test.each([...folders, ...mojos])('$name', async ({ model: path, input }) => {
    const model = await loadModelFromBytes({ files: [{ path: 'model', bytes: readFileSync(at(path)) }] })
    const rows = lines(input).slice(0, 100)
    const batch = batchFor(model, rows)
    const inputs = batch.schema.fields
    const outputs = model.signature.outputs.filter(o => o.extra === undefined)
    const { refused = [] } = await model.score(batch.columns, rows.length, outputs.map(o => o.name))
    const spec = (maxRows: number) => specOf({
      input: batch.schema,
      inputs: inputs.map(f => ({ kind: 'column', name: f.name })),
      inputNames: inputs.map(f => f.name),
      outputs: outputs.map(o => o.name),
      provenance: [],
      // A row that is refused would end the batch.
      onInvalid: refused.length > 0 ? 'skip' : 'keep',
      limits: { maxRows, budgetMs: 4 },
      output: makeSchema([...inputs, ...outputs.map(o => field(`score ${o.name}`, o.type))]),
    })
    const whole = await score(spec(100), [model], [batch])
    expect(whole.rows.length + whole.tally.of(model.digest).invalidRows).toBe(rows.length)
    for (const maxRows of [1, 3, 8, 40]) expect((await score(spec(maxRows), [model], [batch])).rows).toEqual(whole.rows)
    model.close()
  })
})
