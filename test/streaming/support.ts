import { mkdtemp, readdir, readFile, rm, writeFile, mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** A folder that is gone after the test. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-test-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** Writes JSON lines into a folder, one file per list, with names in order. */
export async function writeJsonLines(folder: string, files: { readonly [name: string]: readonly object[] }): Promise<void> {
  await mkdir(folder, { recursive: true })
  for (const [name, rows] of Object.entries(files)) await writeFile(join(folder, name), rows.map(r => `${JSON.stringify(r)}\n`).join(''))
}

/** All rows of the published JSON-lines files of a folder, as a plain reader sees them, sorted by their text. */
export async function readJsonLines(folder: string): Promise<unknown[]> {
  const lines: string[] = []
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath, entry.name)
    if (!entry.isFile() || path.slice(folder.length).split('/').some(p => p.startsWith('_') || p.startsWith('.'))) continue
    lines.push(...(await readFile(path, 'utf8')).split('\n').filter(l => l !== ''))
  }
  return lines.sort().map(l => JSON.parse(l) as unknown)
}
