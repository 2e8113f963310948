import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { booleanType, type DataType, field, float64Type, nullType, stringType } from '../../../src/columnar/data-type.ts'
import { vectorOf } from '../../../src/columnar/builder.ts'
import { RecordBatch } from '../../../src/columnar/record-batch.ts'
import { makeSchema } from '../../../src/columnar/schema.ts'
import { valueAt } from '../../../src/columnar/values.ts'
import type { Vector } from '../../../src/columnar/vector.ts'
import { loadFormat } from '../../../src/formats/registry.ts'
import type { Model, ModelArtefact } from '../../../src/ml/model.ts'

export type Row = { readonly [name: string]: unknown }

/** A pipeline that Spark saved, rows, and what Spark made of them; see fixtures/README.md. */
export interface SparkCase {
  readonly library: string
  readonly tolerance: number
  /** Outputs that must be equal. */
  readonly exact: readonly string[]
  readonly input: readonly Row[]
  readonly expected: readonly Row[]
  readonly files: { readonly [path: string]: string | { readonly base64: string } }
}

const folder = fileURLToPath(new URL('fixtures/', import.meta.url))

export const caseNames = readdirSync(folder).filter(n => n.endsWith('.json')).map(n => n.slice(0, -5)).sort()

export function readCase(name: string): SparkCase {
  return JSON.parse(readFileSync(`${folder}${name}.json`, 'utf8')) as SparkCase
}

export function artefactOf({ files }: Pick<SparkCase, 'files'>): ModelArtefact {
  const entries = Object.entries(files).map(([path, content]) => ({
    path, bytes: typeof content === 'string' ? new TextEncoder().encode(content) : new Uint8Array(Buffer.from(content.base64, 'base64')),
  }))
  return { files: entries.sort((a, b) => (a.path < b.path ? -1 : 1)) }
}

/** The inputs of a model out of rows: each column of the type that its values have. */
export function columnsOf(model: Model, rows: readonly Row[]): Vector[] {
  return model.signature.inputs.map(({ name }) => {
    const values = rows.map(row => row[name] ?? null)
    return vectorOf(typeOf(values), values)
  })
}

function typeOf(values: readonly unknown[]): DataType {
  const one = values.find(v => v !== null)
  if (one === undefined) return nullType
  if (Array.isArray(one)) return { kind: 'array', element: typeOf(one), containsNull: true }
  return typeof one === 'string' ? stringType : typeof one === 'boolean' ? booleanType : float64Type
}

/** What became of each row: its outputs by the library's names, 'dropped', or the message of its refusal. */
export async function scoreAll(model: Model, rows: readonly Row[], columns = columnsOf(model, rows)): Promise<(Row | 'dropped' | { readonly refused: string })[]> {
  const outputs = model.signature.outputs.filter(o => o.library !== undefined)
  const { vectors, dropped, refused } = await model.score(columns, rows.length, outputs.map(o => o.name))
  const without = new Set(dropped)
  const reasons = new Map(refused?.map(r => [r.row, r.message]))
  return rows.map((_, row) => {
    if (without.has(row)) return 'dropped'
    const reason = reasons.get(row)
    if (reason !== undefined) return { refused: reason }
    return Object.fromEntries(outputs.map((o, k) => [o.library ?? '', plain(valueAt(vectors[k], row))]))
  })
}

/** Vectors as arrays, sparse ones filled up. */
function plain(value: unknown): unknown {
  if (value instanceof Float64Array) return Array.from(value)
  if (Array.isArray(value)) return value.map(plain)
  return dense(value)
}

function dense(value: unknown): unknown {
  const { size, indices, values } = (value ?? {}) as { size?: number; indices?: number[]; values?: number[] }
  if (size === undefined || indices === undefined || values === undefined) return value
  const out = new Array<number>(size).fill(0)
  indices.forEach((index, k) => {
    out[index] = values[k]
  })
  return out
}

/** The largest |got − expected| / max(1, |expected|) over all numbers; Infinity where the shapes differ. */
export function difference(got: unknown, expected: unknown): number {
  const want = dense(expected)
  if (typeof got === 'number' && (typeof want === 'number' || ['NaN', 'Infinity', '-Infinity'].includes(String(want)))) {
    const x = Number(want)
    if (Object.is(got, x) || got === x) return 0
    return Number.isFinite(got - x) ? Math.abs(got - x) / Math.max(1, Math.abs(x)) : Infinity
  }
  if (Array.isArray(got) && Array.isArray(want) && got.length === want.length) return got.reduce<number>((worst, x, i) => Math.max(worst, difference(x, want[i])), 0)
  return got === want ? 0 : Infinity
}

export interface StageSpec {
  readonly class: string
  readonly uid?: string
  readonly params: Row
  readonly defaults?: Row
  readonly extra?: Row
  readonly version?: string
  /** Folder → rows of a table there. */
  readonly tables?: { readonly [folder: string]: { readonly types: { readonly [column: string]: DataType }; readonly rows: readonly Row[] } }
}

/** A pipeline directory as Spark lays it out, of stages written for a test. */
export async function pipeline(stages: readonly StageSpec[], version = '3.5.0'): Promise<ModelArtefact> {
  const files = [{ path: 'metadata/part-00000', bytes: metadata({ class: 'org.apache.spark.ml.PipelineModel', params: { stageUids: stages.map((_, k) => `s${k}`) } }, version) }]
  const width = String(stages.length).length
  for (const [k, stage] of stages.entries()) files.push(...(await stageFiles(stage, `stages/${String(k).padStart(width, '0')}_s${k}/`, version)))
  return { files: files.sort((a, b) => (a.path < b.path ? -1 : 1)) }
}

export async function stageFiles(stage: StageSpec, prefix: string, version: string): Promise<{ path: string; bytes: Uint8Array }[]> {
  const files = [{ path: `${prefix}metadata/part-00000`, bytes: metadata(stage, stage.version ?? version) }]
  for (const [place, { types, rows }] of Object.entries(stage.tables ?? {})) {
    const schema = makeSchema(Object.entries(types).map(([name, type]) => field(name, type)))
    const batch = new RecordBatch(schema, rows.length, schema.fields.map(f => vectorOf(f.type, rows.map(r => r[f.name] ?? null))))
    const encoder = (await loadFormat('parquet')).encoder(schema, {})
    files.push({ path: `${prefix}${place}/part-00000-x.snappy.parquet`, bytes: new Uint8Array(Buffer.concat([...encoder.push(batch), ...encoder.end()])) })
  }
  return files
}

function metadata({ class: name, params, defaults, extra }: Pick<StageSpec, 'class' | 'params' | 'defaults' | 'extra'>, version: string): Uint8Array {
  const className = name.includes('spark') ? name : `org.apache.spark.ml.${name}`
  return new TextEncoder().encode(JSON.stringify({ class: className, timestamp: 1, sparkVersion: version, uid: 'u', paramMap: params, ...(defaults === undefined ? {} : { defaultParamMap: defaults }), ...extra }))
}

/** A vector as Spark's Parquet files hold it. */
export const vectorRow = (...values: readonly number[]): Row => ({ type: 1, size: null, indices: null, values })

/** A matrix as Spark's Parquet files hold it, given by rows. */
export const matrixRow = (rows: readonly (readonly number[])[]): Row => ({
  type: 1, numRows: rows.length, numCols: rows[0].length, colPtrs: null, rowIndices: null, values: rows.flat(), isTransposed: true,
})
