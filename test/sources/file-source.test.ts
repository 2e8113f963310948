import { describe, expect, test } from 'vitest'
import { schema, t } from '../../src/columnar/schema-builder.ts'
import { drain, lines, openSource, put, tempFolder } from './support.ts'

const v = schema({ v: t.nullable(t.int32()) })

describe('file source: batches', () => {
  test('reads at most maxFilesPerTrigger files a batch, by modification time', async () => {
    const path = await tempFolder()
    for (const [k, name] of ['b', 'a', 'c'].entries()) await put(`${path}/${name}`, lines({ v: k }))
    const opened = await openSource('files', { path, format: 'jsonl', maxFilesPerTrigger: 2 }, v)
    const first = await drain(opened, null)
    expect(first).toEqual({ end: { files: 3 }, batches: [[{ v: 0 }, { v: 1 }], [{ v: 2 }]] })
    for (const name of ['d', 'e', 'f', 'g']) await put(`${path}/${name}`, lines({ v: 9 }))
    const second = await drain(opened, first.end)
    expect(second).toEqual({ end: { files: 7 }, batches: [[{ v: 9 }, { v: 9 }], [{ v: 9 }, { v: 9 }]] })
  })
})
