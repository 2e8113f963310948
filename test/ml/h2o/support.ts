import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { float64Type, stringType } from '../../../src/columnar/data-type.ts'
import { vectorOf } from '../../../src/columnar/builder.ts'
import { valueAt } from '../../../src/columnar/values.ts'
import type { Vector } from '../../../src/columnar/vector.ts'
import type { Model, ModelArtefact, ModelInput } from '../../../src/ml/model.ts'
import { loadModelFromBytes } from '../../../src/ml/registry.ts'
import { openZip } from '../../../src/ml/zip.ts'
import { type JsonRow, oneFile } from '../support.ts'

const path = (name: string): string => fileURLToPath(new URL(`models/${name}`, import.meta.url))

export const jsonl = (name: string): JsonRow[] => readFileSync(path(name), 'utf8').trimEnd().split('\n').map(line => JSON.parse(line) as JsonRow)

/** Every model of the folder. */
export const modelNames: readonly string[] = readdirSync(path('')).filter(f => f.endsWith('.zip')).map(f => f.slice(0, -4))

export const archive = (name: string): ModelArtefact => oneFile(readFileSync(path(`${name}.zip`)), `${name}.zip`)

/** The same model as the folder that its archive unpacks to, with some files changed or, where undefined, left out. */
export function folder(name: string, changed: { readonly [path: string]: Uint8Array | undefined } = {}): ModelArtefact {
  const entries = openZip(archive(name).files[0].bytes, what => new Error(what))
  const files = [...entries.values()].map(e => ({ path: e.path, bytes: e.path in changed ? changed[e.path] : e.read() }))
  return { files: files.flatMap(({ path: name, bytes }) => (bytes === undefined ? [] : [{ path: name, bytes }])) }
}

/** A folder whose model.ini has another value for a key; undefined takes it out. */
export function withInfo(name: string, values: { readonly [key: string]: string | undefined }, more: { readonly [path: string]: Uint8Array | undefined } = {}): ModelArtefact {
  const info = folder(name).files.find(f => f.path === 'model.ini')
  let text = new TextDecoder().decode(info?.bytes)
  for (const [key, value] of Object.entries(values)) {
    const line = new RegExp(`^${key} = .*\\n`, 'm')
    const replacement = value === undefined ? '' : `${key} = ${value}\n`
    text = line.test(text) ? text.replace(line, () => replacement) : text.replace('[info]\n', () => `[info]\n${replacement}`)
  }
  return folder(name, { 'model.ini': new TextEncoder().encode(text), ...more })
}

export const load = (model: ModelArtefact): Promise<Model> => loadModelFromBytes(model)

const special: ReadonlyMap<unknown, number> = new Map([['Infinity', Infinity], ['-Infinity', -Infinity], ['NaN', NaN]])

/** Text of numbers that JSON does not have, as the numbers. */
export const plain = (value: unknown): unknown => (Array.isArray(value) ? value.map(plain) : (special.get(value) ?? value))

export function columnOf(input: ModelInput, rows: readonly JsonRow[]): Vector {
  const values = rows.map(row => row[input.name] ?? null)
  return input.kind === 'category' && values.some(v => typeof v === 'string') ? vectorOf(stringType, values) : vectorOf(float64Type, values.map(plain))
}

/** One object a row with the library's names, as `millrace score` writes them; `error` for a refused one. */
export async function scoreAll(model: Model, rows: readonly JsonRow[]): Promise<JsonRow[]> {
  const outputs = model.signature.outputs.filter(o => o.library !== undefined)
  const { vectors, refused = [] } = await model.score(model.signature.inputs.map(i => columnOf(i, rows)), rows.length, outputs.map(o => o.name))
  const stopped = new Map(refused.map(r => [r.row, r.message]))
  return rows.map((_, i) => {
    if (stopped.has(i)) return { error: stopped.get(i) }
    return Object.fromEntries(outputs.map(({ library }, k) => {
      const value = valueAt(vectors[k], i)
      return [library, value instanceof Float64Array ? Array.from(value) : value]
    }))
  })
}
