import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { vectorOf } from '../../../src/columnar/builder.ts'
import { field, float64Type, stringType } from '../../../src/columnar/data-type.ts'
import { RecordBatch } from '../../../src/columnar/record-batch.ts'
import { makeSchema } from '../../../src/columnar/schema.ts'
import { FitData } from '../../../src/ml/fit/fit-data.ts'
import { Features } from '../../../src/ml/spark/features.ts'
import type { TrainingSet } from '../../../src/ml/fit/training-set.ts'

export type FitRow = { readonly [name: string]: string | number | null }

/** What Spark fitted; see fixtures/README.md. */
export const spark = JSON.parse(readFileSync(fileURLToPath(new URL('fixtures/spark.json', import.meta.url)), 'utf8')) as {
  readonly rows: readonly FitRow[]
  readonly fitted: { readonly [name: string]: unknown }
  readonly layout: { readonly [className: string]: { readonly defaultParamMap: { readonly [name: string]: unknown }; readonly row?: string } }
}

export const rows: readonly FitRow[] = spark.rows.map(row => Object.fromEntries(Object.entries(row).map(([name, v]) => [name, v === 'NaN' ? NaN : v])))

const texts = ['color', 'size']

export function frameOf(given: readonly FitRow[] = rows): RecordBatch {
  const names = Object.keys(rows[0])
  const schema = makeSchema(names.map(name => field(name, texts.includes(name) ? stringType : float64Type)))
  return new RecordBatch(schema, given.length, schema.fields.map(f => vectorOf(f.type, given.map(row => row[f.name] ?? null))))
}

export const dataOf = (given: readonly FitRow[] = rows): FitData => new FitData(frameOf(given))

/** x1, x2 and x3 with a label, in blocks of `blockRows`, dense or sparse. */
export function trainingSet(label: string | undefined, blockRows = rows.length, isSparse = false): TrainingSet {
  const blocks = []
  for (let from = 0; from < rows.length; from += blockRows) {
    const part = rows.slice(from, from + blockRows)
    const x = Float64Array.from(part.flatMap(r => [Number(r['x1']), Number(r['x2']), Number(r['x3'])]))
    const features = isSparse
      ? Features.sparse(3, Int32Array.from({ length: part.length + 1 }, (_, k) => 3 * k), Int32Array.from(x, (_, k) => k % 3), x)
      : Features.dense(part.length, 3, x)
    blocks.push({ features, labels: Float64Array.from(part, r => (label === undefined ? 0 : Number(r[label]))) })
  }
  return { size: 3, rows: rows.length, blocks }
}

const plain = { regParam: 0, elasticNetParam: 0, maxIter: 300, tol: 1e-10, fitIntercept: true, standardization: true, solver: 'auto' as const }

/** The parameters of Spark's runs. */
export const logisticRuns = {
  'lr-plain': { ...plain, label: 'label' },
  'lr-default': { ...plain, label: 'label', maxIter: 100, tol: 1e-6 },
  'lr-reg': { ...plain, label: 'label', regParam: 0.1 },
  'lr-nostd': { ...plain, label: 'label', regParam: 0.1, standardization: false },
  'lr-noint': { ...plain, label: 'label', regParam: 0.05, fitIntercept: false },
  'lr-en': { ...plain, label: 'label', regParam: 0.05, elasticNetParam: 0.5 },
  'lr-l1': { ...plain, label: 'label', regParam: 0.1, elasticNetParam: 1 },
  'lr-bin-multi': { ...plain, label: 'label', regParam: 0.05, isMultinomial: true },
  'lr-multi': { ...plain, label: 'kind', regParam: 0.02, isMultinomial: true },
  'lr-multi-plain': { ...plain, label: 'kind', isMultinomial: true },
  'lr-multi-noint': { ...plain, label: 'kind', fitIntercept: false, regParam: 0.1, isMultinomial: true },
  'lr-multi-nostd': { ...plain, label: 'kind', regParam: 0.1, standardization: false, isMultinomial: true },
  'lr-multi-l1': { ...plain, label: 'kind', regParam: 0.05, elasticNetParam: 1, isMultinomial: true },
}

export const linearRuns = {
  'reg-plain': plain,
  'reg-ridge': { ...plain, regParam: 0.3 },
  'reg-nostd': { ...plain, regParam: 0.3, standardization: false },
  'reg-noint': { ...plain, regParam: 0.1, fitIntercept: false },
  'reg-en': { ...plain, regParam: 0.3, elasticNetParam: 0.5 },
  'reg-l1': { ...plain, regParam: 0.5, elasticNetParam: 1 },
  'reg-l1-nostd': { ...plain, regParam: 0.5, elasticNetParam: 1, standardization: false },
  'reg-lbfgs': { ...plain, regParam: 0.3, solver: 'l-bfgs' as const },
}
