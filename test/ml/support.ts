import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { nodeFileSystem } from '../../src/common/node/node-file-system.ts'
import { arrayType, float64Type, stringType, vectorType } from '../../src/columnar/data-type.ts'
import { vectorOf } from '../../src/columnar/builder.ts'
import { valueAt } from '../../src/columnar/values.ts'
import type { Vector } from '../../src/columnar/vector.ts'
import type { Model, ModelArtefact, ModelInput } from '../../src/ml/model.ts'
import { loadModelFromBytes, readArtefact } from '../../src/ml/registry.ts'

export type JsonRow = { readonly [name: string]: unknown }

export const fixture = (path: string): string => fileURLToPath(new URL(`../fixtures/models/${path}`, import.meta.url))

export function jsonl(path: string): JsonRow[] {
  return readFileSync(fixture(path), 'utf8').trimEnd().split('\n').map(line => JSON.parse(line) as JsonRow)
}

export const artefact = (path: string): Promise<ModelArtefact> => readArtefact(nodeFileSystem, fixture(path))

export const load = async (path: string): Promise<Model> => loadModelFromBytes(await artefact(path))

export const oneFile = (bytes: Uint8Array, path = 'model'): ModelArtefact => ({ files: [{ path, bytes }] })

export const text = (value: string): Uint8Array => new TextEncoder().encode(value)

/** The column of an input out of JSON rows: strings for categories where the rows have strings, numbers otherwise. */
export function columnOf(input: ModelInput, rows: readonly JsonRow[]): Vector {
  const values = rows.map(row => row[input.name] ?? null)
  if (input.kind === 'tensor') {
    const flat = values.map(v => (v === null ? null : [v].flat(Infinity)))
    return vectorOf(input.element === 'string' ? arrayType(stringType) : arrayType(float64Type), flat)
  }
  if (input.kind === 'vector') return vectorOf(vectorType(input.size ?? 0), values.map(v => (v as number[]).flat(Infinity)))
  // Infinities are text in JSON.
  if (input.kind === 'number') return vectorOf(float64Type, values.map(v => (typeof v === 'string' ? Number(v) : v)))
  return vectorOf(values.some(v => typeof v === 'string') ? stringType : float64Type, values)
}

/** Columns for all inputs; a model that does not know their names takes those of the rows in their order. */
export function columnsOf({ signature }: Model, rows: readonly JsonRow[]): Vector[] {
  const names = Object.keys(rows[0])
  return signature.inputs.map((input, k) => columnOf(signature.isUnnamed === true ? { ...input, name: names[k] } : input, rows))
}

/** One output for JSON rows, as plain JavaScript values. */
export async function scoreRows(model: Model, rows: readonly JsonRow[], output: string): Promise<unknown[]> {
  const columns = columnsOf(model, rows)
  const { vectors: [vector] } = await model.score(columns, rows.length, [output])
  return rows.map((_, i) => plain(valueAt(vector, i)))
}

function plain(value: unknown): unknown {
  return value instanceof Float64Array || Array.isArray(value) ? Array.from(value, plain) : value
}

/** The largest |got − expected| / max(1, |expected|) over all numbers, nested lists included; NaN if any is not a number. */
export function worstDifference(got: readonly unknown[], expected: readonly unknown[]): number {
  const a = got.flat(Infinity) as number[]
  const b = expected.flat(Infinity) as number[]
  if (a.length !== b.length) return NaN
  return a.reduce((worst, x, i) => (x === b[i] ? worst : Math.max(worst, Math.abs(x - b[i]) / Math.max(1, Math.abs(b[i])))), 0)
}
