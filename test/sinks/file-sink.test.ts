import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { schema, t } from '../../src/columnar/schema-builder.ts'
import { nodeFileSystem } from '../../src/common/node/node-file-system.ts'
import { smallPartBytes } from '../../src/sinks/file/file-writer.ts'
import { GzipStream } from '../../src/sinks/file/gzip.ts'
import { loadSink } from '../../src/sinks/registry.ts'
import { drain, openSource } from '../sources/support.ts'
import { visibleFiles } from './simulated-files.ts'
import { attempt, openSink, output, parts, runBatch, type SinkSetup, tempFolder } from './support.ts'

const rowSchema = schema({ k: t.nullable(t.string()), n: t.int32(), day: t.date() })
const rows = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => ({ k: `k${(from + i) % 3}`, n: from + i, day: '2013-05-01' }))

async function started(options: { readonly [key: string]: never } | object = {}, over: Partial<SinkSetup> = {}) {
  const path = await tempFolder()
  const setup: SinkSetup = { provider: 'files', options: { path, format: 'jsonl', ...options }, schema: rowSchema, ...over }
  const sink = await openSink(setup)
  await sink.fence(1)
  return { path, setup, sink }
}
const text = async (path: string) => new Map([...(await visibleFiles(nodeFileSystem, path))].sort())

describe('file sink: files', () => {
  test('puts the rows of all small parts into one file, in the order of partitions', async () => {
    const { path, setup, sink } = await started()
    await runBatch(sink, setup, 7, attempt(1), [rows(0, 2), [], rows(2, 3)])
    expect(await text(path)).toEqual(new Map([['part-0000000007-00000.jsonl', rows(0, 3).map(r => `${JSON.stringify(r)}\n`).join('')]]))
    expect(await readdir(`${path}/_staging`)).toEqual([])
  })

  test('writes a marker and no file for a batch without rows', async () => {
    const { path, setup, sink } = await started()
    await runBatch(sink, setup, 0, attempt(1), [[], []])
    expect(await text(path)).toEqual(new Map())
    expect(await sink.fence(2)).toMatchObject({ last: { batchId: 0, token: 'token-0' } })
  })

  test('gives the same bytes and digests however the rows are cut into record batches', async () => {
    for (const options of [{}, { partitionBy: ['k'] }, { maxRowsPerFile: 700 }, { maxBytesPerFile: 40_000 }, { compression: 'gzip', maxRowsPerFile: 3000, maxBytesPerFile: 60_000 }]) {
      const seen: unknown[] = []
      for (const cut of [1, 999, 1024, 1025, 5000]) {
        const { path, setup, sink } = await started(options)
        const written = await parts(setup, 0, attempt(1), [rows(0, 3100), rows(3100, 4000)], cut)
        await sink.commit(output(0, attempt(1), written))
        const digests = [...(await text(path))].map(([name, content]) => [name, createHash('sha256').update(content).digest('hex')])
        seen.push({ files: digests, parts: written.map(p => [p.digest, p.rows, p.bytes]) })
      }
      for (const other of seen.slice(1)) expect(other).toEqual(seen[0])
    }
  })

  test('begins a new file at maxRowsPerFile and at about maxBytesPerFile', async () => {
    const byRows = await started({ maxRowsPerFile: 4 })
    await runBatch(byRows.sink, byRows.setup, 0, attempt(1), [rows(0, 3), rows(3, 10)])
    expect([...(await text(byRows.path)).values()].map(f => f.trimEnd().split('\n').length)).toEqual([4, 4, 2])
    const byBytes = await started({ maxBytesPerFile: 500_000 })
    await runBatch(byBytes.sink, byBytes.setup, 0, attempt(1), [rows(0, 60_000)])
    const sizes = [...(await text(byBytes.path)).values()].map(f => f.length)
    expect(sizes.length).toBeGreaterThan(2)
    for (const size of sizes.slice(0, -1)) expect(size).toBeGreaterThan(400_000)
    for (const size of sizes) expect(size).toBeLessThan(800_000)
  })

  test('stages a large part on the executor and keeps its rows out of the driver', async () => {
    const { path, setup, sink } = await started()
    const many = rows(0, 300_000)
    const written = await parts(setup, 0, attempt(1), [rows(0, 2), many], 65_536)
    expect(written.map(p => [p.bytes >= smallPartBytes, p.batches.length, p.handle === null])).toEqual([[false, 1, true], [true, 0, false]])
    expect(await text(path)).toEqual(new Map())
    await sink.stage(0, attempt(1), written)
    await sink.commit(output(0, attempt(1), written))
    const files = await text(path)
    expect([...files.keys()]).toEqual(['part-0000000000-00000.jsonl', 'part-0000000000-00001.jsonl'])
    expect([...files.values()].map(f => f.split('\n').length - 1)).toEqual([2, 300_000])
  })

  test('drops what a writer staged when it is aborted', async () => {
    const { path, setup } = await started()
    const writer = await (await loadSink('files')).writer(setup.options, rowSchema, { ports: { files: nodeFileSystem, random: { bytes: n => new Uint8Array(n) } } as never, batchId: 0, attempt: attempt(1), partition: 0 })
    const { batchOfRows } = await import('../../src/columnar/batch-builder.ts')
    for (let k = 0; k < 5; k++) await writer.write(batchOfRows(rowSchema, rows(k * 60_000, (k + 1) * 60_000)))
    expect((await readdir(`${path}/_staging/${'0'.repeat(9)}1-${'0'.repeat(16)}`)).length).toBe(1)
    await writer.abort()
    expect(await readdir(`${path}/_staging/${'0'.repeat(9)}1-${'0'.repeat(16)}`)).toEqual([])
  })

  test('describes every file in its log', async () => {
    const { path, setup, sink } = await started()
    await runBatch(sink, setup, 0, attempt(1), [rows(0, 2)])
    const [line, footer] = (await readFile(`${path}/_manifest/slot/0000000001`, 'utf8')).split('\n')
    const content = await readFile(`${path}/part-0000000000-00000.jsonl`)
    const sha256 = (x: string | Uint8Array) => createHash('sha256').update(x).digest('hex')
    expect(JSON.parse(footer)).toEqual({ sha256: sha256(line) })
    expect(JSON.parse(line)).toMatchObject({
      kind: 'batch', slot: 1, epoch: 1, owner: 'q/output',
      last: { batchId: 0, token: 'token-0', files: [{ path: 'part-0000000000-00000.jsonl', bytes: content.length, rows: 2, sha256: sha256(content) }] },
    })
  })

  test('compresses into one gzip member', async () => {
    const { path, setup, sink } = await started({ compression: 'gzip' })
    await runBatch(sink, setup, 0, attempt(1), [rows(0, 50_000)])
    const content = await readFile(`${path}/part-0000000000-00000.jsonl.gz`)
    expect(gunzipSync(content).toString().split('\n').length).toBe(50_001)
    const empty = new GzipStream()
    expect(gunzipSync(Buffer.concat([...empty.push(new Uint8Array()), ...empty.end()])).length).toBe(0)
  })
})

describe('file sink: formats', () => {
  test.each(['jsonl', 'csv', 'parquet', 'arrow'])('writes %s that the file source reads back, the same bytes for any cut', async format => {
    const bytes: string[] = []
    for (const cut of [7, 1000]) {
      const { path, setup, sink } = await started({ format })
      const written = await parts(setup, 0, attempt(1), [rows(0, 1500), [{ k: null, n: 1500, day: '2024-02-29' }]], cut)
      await sink.commit(output(0, attempt(1), written))
      const [name] = (await readdir(path)).filter(n => n.startsWith('part-'))
      bytes.push(createHash('sha256').update(await readFile(`${path}/${name}`)).digest('hex'))
      const opened = await openSource('files', { path, format }, rowSchema)
      const batch = await opened.batch(null)
      expect(batch?.rows).toEqual([...rows(0, 1500), { k: null, n: 1500, day: '2024-02-29' }])
      expect(await opened.read(batch?.partitions ?? [], schema({}))).toHaveLength(1501)
    }
    expect(bytes[0]).toBe(bytes[1])
  })
})

describe('file sink: folders', () => {
  test('turns partitionBy into folders that the file source reads back', async () => {
    const { path, setup, sink } = await started({ partitionBy: ['day', 'k'] })
    const tricky = ['plain', 'a/b', '..', '.', ' x ', 'é=ü%', 'nul\u0000\n', 'CON', 'tilde~', null, '*?"<>|']
    const given = tricky.map((k, n) => ({ k, n, day: '2013-05-01' }))
    await runBatch(sink, setup, 0, attempt(1), [given.slice(0, 4), given.slice(4)])
    expect((await readdir(`${path}/day=2013-05-01`)).sort()).toEqual([
      'k=%20x%20', 'k=%2A%3F%22%3C%3E%7C', 'k=%2E', 'k=%2E%2E', 'k=CON', 'k=__HIVE_DEFAULT_PARTITION__', 'k=a%2Fb', 'k=nul%00%0A', 'k=plain', 'k=tilde%7E', 'k=é%3Dü%25',
    ].sort())
    const opened = await openSource('files', { path, format: 'jsonl' }, rowSchema)
    const back = (await drain(opened, null)).batches.flat().sort((a, b) => (a['n'] as number) - (b['n'] as number))
    expect(back).toEqual(given)
  })

  test('keeps rows of one folder together, in order, and numbers files through the batch', async () => {
    const { path, setup, sink } = await started({ partitionBy: ['k'] })
    await runBatch(sink, setup, 0, attempt(1), [rows(0, 5), rows(5, 7)])
    expect(await text(path)).toEqual(new Map([
      ['k=k0/part-0000000000-00000.jsonl', '{"n":0,"day":"2013-05-01"}\n{"n":3,"day":"2013-05-01"}\n{"n":6,"day":"2013-05-01"}\n'],
      ['k=k1/part-0000000000-00001.jsonl', '{"n":1,"day":"2013-05-01"}\n{"n":4,"day":"2013-05-01"}\n'],
      ['k=k2/part-0000000000-00002.jsonl', '{"n":2,"day":"2013-05-01"}\n{"n":5,"day":"2013-05-01"}\n'],
    ]))
  })

  test('shortens a name of more than 200 bytes with a digest of the whole', async () => {
    const { path, setup, sink } = await started({ partitionBy: ['k'] })
    const long = 'ü'.repeat(150)
    await runBatch(sink, setup, 0, attempt(1), [[{ k: `${long}a`, n: 1, day: '2013-05-01' }, { k: `${long}b`, n: 2, day: '2013-05-01' }]])
    const names = (await readdir(path)).filter(n => n.startsWith('k='))
    expect(names.length).toBe(2)
    for (const name of names) {
      expect(Buffer.byteLength(name)).toBeLessThanOrEqual(200)
      expect(name).toMatch(/^k=ü+~[0-9a-f]{16}$/)
    }
  })

  test('refuses a link on the way to a folder', async () => {
    const { path, setup, sink } = await started({ partitionBy: ['k'] })
    const outside = await tempFolder()
    await symlink(outside, `${path}/k=a`)
    await expect(runBatch(sink, setup, 0, attempt(1), [[{ k: 'a', n: 1, day: '2013-05-01' }]])).rejects.toMatchObject({ code: 'SINK_COMMIT_FAILED', context: { kind: 'link' } })
    expect(await readdir(outside)).toEqual([])
  })

  test('refuses more than 10,000 folders in one batch', async () => {
    const { setup, sink } = await started({ partitionBy: ['n'] })
    await expect(runBatch(sink, setup, 0, attempt(1), [rows(0, 10_001)])).rejects.toMatchObject({ code: 'SINK_TOO_MANY_PARTITIONS' })
  })
})

describe('file sink: refusals', () => {
  test.each([
    [{ partitionBy: ['nope'] }, 'PLAN_UNKNOWN_COLUMN'],
    [{ partitionBy: ['k', 'k'] }, 'PLAN_INVALID_OPTION'],
    [{ partitionBy: ['k', 'n', 'day'] }, 'PLAN_INVALID_OPTION'],
    [{ path: '' }, 'PLAN_INVALID_OPTION'],
    [{ maxRowsPerFile: 0 }, 'PLAN_INVALID_OPTION'],
    [{ compression: 'zip' }, 'PLAN_INVALID_OPTION'],
    [{ format: 'jason' }, 'FORMAT_UNKNOWN'],
    [{ partitionby: ['k'] }, 'PLAN_UNKNOWN_OPTION'],
  ])('refuses %j', async (options, code) => {
    await expect(started(options)).rejects.toMatchObject({ code })
  })

  test('takes append mode only', async () => {
    expect((await loadSink('files')).modes).toEqual(['append'])
  })

  test('does not write over a file that was there before', async () => {
    const { path, setup, sink } = await started()
    await writeFile(`${path}/part-0000000000-00000.jsonl`, 'precious')
    await expect(runBatch(sink, setup, 0, attempt(1), [rows(0, 1)])).rejects.toMatchObject({ code: 'SINK_OUTPUT_OWNED', context: { path: `${path}/part-0000000000-00000.jsonl` } })
    expect(await readFile(`${path}/part-0000000000-00000.jsonl`, 'utf8')).toBe('precious')
  })

  test('names the cause when the file system fails', async () => {
    const { path, setup, sink } = await started({ partitionBy: ['k'] })
    const written = await parts(setup, 0, attempt(1), [[{ k: 'a', n: 1, day: '2013-05-01' }]])
    await sink.stage(0, attempt(1), written)
    await mkdir(`${path}/k=a/part-0000000000-00000.jsonl/x`, { recursive: true })
    await expect(sink.commit(output(0, attempt(1), written))).rejects.toMatchObject({ code: 'SINK_OUTPUT_OWNED' })
  })
})
