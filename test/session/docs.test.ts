import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { programOf } from '../../scripts/doc-programs.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url))
const home = process.cwd()
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-docs-'))
})
afterAll(async () => {
  process.chdir(home)
  await rm(folder, { recursive: true })
})

/** Runs a page's program in the folder and answers what it printed. */
async function run(page: string, folderName: string): Promise<string> {
  // Inside the package, where it finds itself by its own name.
  const program = join(root, 'build/doc-programs-run', `${folderName}.ts`)
  await mkdir(join(root, 'build/doc-programs-run'), { recursive: true })
  await writeFile(program, programOf(join(root, page)))
  process.chdir(folder)
  const printed: string[] = []
  const log = vi.spyOn(console, 'log').mockImplementation((...values: unknown[]) => void printed.push(values.map(v => (typeof v === 'string' ? v : JSON.stringify(v instanceof Map ? [...v] : v))).join(' ')))
  try {
    await import(pathToFileURL(program).href)
  } finally {
    log.mockRestore()
    process.chdir(home)
  }
  return printed.join('\n')
}

it('docs/api.md is a program that runs', async () => {
  const data = join(root, 'examples/flights/data')
  await mkdir(join(folder, 'flights'))
  for (const name of (await readdir(data)).filter(n => n.startsWith('flights-2013-01-0'))) await cp(join(data, name), join(folder, 'flights', name))
  await cp(join(data, 'weather.jsonl'), join(folder, 'weather.jsonl'))
  await cp(join(root, 'examples/flights/models'), join(folder, 'models'), { recursive: true })
  const printed = await run('docs/api.md', 'api')
  expect(printed).toContain('origin: t.nullable(t.string())')
  expect(printed).toContain('[["ada",2]]')
  expect((await readdir(join(folder, 'out'))).some(name => name.endsWith('.parquet'))).toBe(true)
})

it('the program of the guide to models runs, with golden rows that agree', async () => {
  const fixtures = join(root, 'test/fixtures/models/flights')
  const lines = async (name: string) => (await readFile(join(fixtures, name), 'utf8')).trimEnd().split('\n').slice(0, 50)
  await cp(join(root, 'examples/flights/models/xgb-delay30.json'), join(folder, 'model.json'))
  await writeFile(join(folder, 'rows.jsonl'), `${(await lines('inputs.jsonl')).join('\n')}\n`)
  await writeFile(join(folder, 'answers.jsonl'), (await lines('predictions-xgb-delay30.jsonl')).map(line => `${JSON.stringify({ predict: (JSON.parse(line) as { p: number }).p })}\n`).join(''))
  await rm(join(folder, 'models'), { recursive: true, force: true })
  await rm(join(folder, 'out'), { recursive: true, force: true })
  await rm(join(folder, 'flights'), { recursive: true, force: true })
  await mkdir(join(folder, 'flights'))
  await cp(join(folder, 'rows.jsonl'), join(folder, 'flights/rows.jsonl'))
  expect(await run('docs/guides/models.md', 'guide')).toMatch(/^batch 0: 50 rows by [0-9a-f]{64}$/)
})

it('the program of the README runs', async () => {
  await cp(join(root, 'examples/flights'), join(folder, 'examples/flights'), { recursive: true })
  await rm(join(folder, 'out'), { recursive: true, force: true })
  expect(await run('README.md', 'readme')).toMatch(/^batch 0: \d+ rows, watermark /)
})
