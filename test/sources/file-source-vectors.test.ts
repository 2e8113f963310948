import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { field, int32Type, int64Type, timestampType } from '../../src/columnar/data-type.ts'
import { makeSchema } from '../../src/columnar/schema.ts'
import { isMillraceError } from '../../src/common/errors.ts'
import type { Json } from '../../src/common/json.ts'
import type { SourceOffset } from '../../src/sources/source.ts'
import { lines, openSource, put, tempFolder } from './support.ts'

/** What Spark 4.2 did with the same files, options and steps. */
interface Vector {
  readonly id: string
  readonly title: string
  readonly sources: { readonly [name: string]: { readonly kind: string; readonly schema: readonly { readonly name: string; readonly type: string }[]; readonly options?: { readonly [key: string]: Json } } }
  readonly query: { readonly op: string }
  readonly steps: readonly {
    readonly in?: { readonly in?: readonly { readonly name: string; readonly rows: readonly (readonly unknown[])[]; readonly mtime?: string }[] }
    readonly expect: { readonly batches?: readonly { readonly rows: readonly unknown[] }[]; readonly error?: object }
  }[]
}

const types = { int: int32Type, bigint: int64Type, timestamp: timestampType }
const all = readFileSync(new URL('../fixtures/sources/file-source-vectors.jsonl', import.meta.url), 'utf8').trimEnd().split('\n').map(line => JSON.parse(line) as Vector)
const vectors = all.filter(v => v.query.op === 'source' && Object.values(v.sources)[0].kind !== 'memory')

test.each(vectors.map(v => [v.id, v.title, v] as const))('%s: %s', async (_id, _title, vector) => {
  const [{ kind, schema, options: given = {} }] = Object.values(vector.sources)
  const { recursiveFileLookup, ...rest } = given
  const rowSchema = makeSchema(schema.map(c => field(c.name, types[c.type as keyof typeof types])))
  const path = await tempFolder()
  const options = kind === 'file' ? { path, format: 'jsonl', ...rest, ...(recursiveFileLookup === undefined ? {} : { recursive: recursiveFileLookup }) } : rest
  const open = () => openSource(kind === 'file' ? 'files' : kind, options, rowSchema)
  const error = vector.steps[0].expect.error
  if (error !== undefined) {
    // Spark finds bad options when the query runs, we do when it starts.
    await expect(open()).rejects.toSatisfy(e => isMillraceError(e) && e.name === 'AnalysisError')
    return
  }
  const opened = await open()
  let end: SourceOffset | null = null
  for (const step of vector.steps) {
    for (const file of step.in?.in ?? []) {
      const rows = file.rows.map(row => Object.fromEntries(row.flatMap((value, k) => (value === null ? [] : [[schema[k].name, value]]))))
      await put(`${path}/${file.name}`, lines(...rows), file.mtime === undefined ? undefined : new Date(file.mtime))
    }
    for (const batch of step.expect.batches ?? []) {
      const got = await opened.batch(end)
      const rows = got?.rows.map(row => schema.map(c => (typeof row[c.name] === 'bigint' ? Number(row[c.name]) : row[c.name] instanceof Date ? (row[c.name] as Date).toISOString().replace('.000Z', 'Z') : row[c.name])))
      expect(rows?.map(r => JSON.stringify(r)).sort()).toEqual(batch.rows.map(r => JSON.stringify(r)).sort())
      end = got?.end ?? null
    }
    if (kind === 'file') expect(await opened.batch(end)).toBeUndefined()
  }
})
