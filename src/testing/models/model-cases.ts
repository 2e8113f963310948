import { nodeFileSystem } from '../../common/node/node-file-system.ts'
import { readArtefact } from '../../ml/artefact.ts'
import type { ModelArtefact } from '../../ml/model.ts'

/** A model of the repository's tests, rows, and what its own library makes of them. */
export interface ModelCase {
  readonly name: string
  readonly artefact: ModelArtefact
  /** JSON lines. */
  readonly input: Uint8Array
  /** JSON lines under the library's own names. */
  readonly expected: Uint8Array
}

interface SparkCase {
  readonly input: readonly object[]
  readonly expected: readonly object[]
  readonly files: { readonly [path: string]: string | { readonly base64: string } }
}

const files = nodeFileSystem
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)
const lines = (rows: readonly object[]): Uint8Array => new TextEncoder().encode(rows.map(row => `${JSON.stringify(row)}\n`).join(''))

/** Every model that the tests have rows for, in order of name. `root` is the repository. */
export async function modelCases(root: string): Promise<ModelCase[]> {
  const cases = [...(await folderCases(`${root}/test/fixtures/models`)), ...(await h2oCases(`${root}/test/ml/h2o/models`)), ...(await sparkCases(`${root}/test/ml/spark/fixtures`))]
  return cases.sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** NAME/input.jsonl, NAME/expected.jsonl and NAME/model…; a SavedModel, whose package is not installed everywhere, has another name. */
async function folderCases(home: string): Promise<ModelCase[]> {
  const cases: ModelCase[] = []
  for (const { name } of await files.list(home)) {
    const entries = (await files.stat(`${home}/${name}`))?.kind === 'directory' ? (await files.list(`${home}/${name}`)).map(e => e.name) : []
    if (!entries.includes('input.jsonl') || !entries.includes('expected.jsonl')) continue
    for (const model of entries.filter(e => e.startsWith('model')).sort()) {
      cases.push({
        name: `${name}/${model}`,
        artefact: await readArtefact(files, `${home}/${name}/${model}`),
        input: await files.readFile(`${home}/${name}/input.jsonl`),
        expected: await files.readFile(`${home}/${name}/expected.jsonl`),
      })
    }
  }
  return cases
}

/** NAME.zip, NAME.jsonl and one input for all. Where H2O stops at a row there is nothing to compare. */
async function h2oCases(home: string): Promise<ModelCase[]> {
  const input = await files.readFile(`${home}/input.jsonl`)
  const cases: ModelCase[] = []
  for (const { name } of await files.list(home)) {
    if (!name.endsWith('.zip')) continue
    const rows = text(await files.readFile(`${home}/${name.slice(0, -4)}.jsonl`)).trimEnd().split('\n').map(line => JSON.parse(line) as object)
    cases.push({ name: `h2o-${name}`, artefact: await readArtefact(files, `${home}/${name}`), input, expected: lines(rows.map(row => ('error' in row ? {} : row))) })
  }
  return cases
}

/** One JSON file each, with the directory of the pipeline in it. */
async function sparkCases(home: string): Promise<ModelCase[]> {
  const cases: ModelCase[] = []
  for (const { name } of await files.list(home)) {
    if (!name.endsWith('.json')) continue
    const { input, expected, files: content } = JSON.parse(text(await files.readFile(`${home}/${name}`))) as SparkCase
    const artefact = Object.entries(content).map(([path, file]) => ({ path, bytes: typeof file === 'string' ? new TextEncoder().encode(file) : new Uint8Array(Buffer.from(file.base64, 'base64')) }))
    cases.push({ name: `spark-${name.slice(0, -5)}`, artefact: { files: artefact.sort((a, b) => (a.path < b.path ? -1 : 1)) }, input: lines(input), expected: lines(expected) })
  }
  return cases
}
