import { mkdir, writeFile } from 'node:fs/promises'
import { gzipSync } from 'node:zlib'
import { count, files, foreachBatch, MemorySink, memorySink, schema, Session, sum, t, Trigger } from 'millrace'
import { describe, expect, onTestFinished, test } from 'vitest'
import { makeSchema } from '../../src/columnar/schema.ts'
import type { Json } from '../../src/common/json.ts'
import { cutFile } from '../../src/sources/file/cut-file.ts'
import type { FileSpec } from '../../src/sources/file/file-reader.ts'
import { readJsonLines } from '../streaming/support.ts'
import { openSource, put, tempFolder } from './support.ts'

const row = schema({ n: t.int32(), x: t.float64() })
const small = 64 * 1024

/** About 25 bytes a line; every thousandth one is bad when asked for. */
function lines(count: number, bad = false): string {
  return Array.from({ length: count }, (_, n) => (bad && n % 1000 === 999 ? `{"n":"${n}"}\n` : `{"n":${n},"x":${n / 7}}\n`)).join('')
}

const partOf = (spec: Json): FileSpec['part'] => (spec as unknown as FileSpec).part

describe('cutting', () => {
  const file: FileSpec = { path: 'in/a.jsonl', size: 1000, mtimeMs: 1, inode: 2 }

  test('a file is cut into as few parts as the limit allows, of equal size, without a gap', () => {
    for (let size = 1; size < 300; size++) {
      for (const limit of [1, 7, 64, 299]) {
        const parts = cutFile({ ...file, size }, 'a.jsonl', limit)
        expect(parts).toHaveLength(Math.ceil(size / limit))
        if (parts.length === 1) {
          expect(parts).toEqual([{ spec: { ...file, size }, label: 'a.jsonl' }])
          continue
        }
        const ranges = parts.map(p => partOf(p.spec))
        expect(ranges.map(r => r?.start)).toEqual([0, ...ranges.slice(0, -1).map(r => r?.end)])
        expect(ranges.at(-1)?.end).toBe(size)
        const sizes = ranges.map(r => (r?.end ?? 0) - (r?.start ?? 0))
        expect(Math.max(...sizes)).toBeLessThanOrEqual(limit)
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
      }
    }
  })

  test('parts say which they are; a packed file is one', () => {
    expect(cutFile(file, 'a.jsonl', 600)).toEqual([
      { spec: { ...file, part: { of: 'a.jsonl', start: 0, end: 500 } }, label: 'a.jsonl (bytes 0 to 499)' },
      { spec: { ...file, part: { of: 'a.jsonl', start: 500, end: 1000 } }, label: 'a.jsonl (bytes 500 to 999)' },
    ])
    expect(cutFile({ ...file, path: 'in/a.jsonl.gz' }, 'a.jsonl.gz', 600)).toHaveLength(1)
  })
})

describe('file source: parts', () => {
  test('a large file is read in parts, small ones are whole, and all have the rows in order', async () => {
    const path = await tempFolder()
    await put(`${path}/1.jsonl`, lines(10))
    await put(`${path}/2.jsonl`, lines(10_000))
    const whole = await (await openSource('files', { path, format: 'jsonl' }, row)).batch(null)
    expect(whole?.partitions.map(p => p.label)).toEqual(['1.jsonl', '2.jsonl'])
    const cut = await (await openSource('files', { path, format: 'jsonl', maxPartitionBytes: small }, row)).batch(null)
    expect(cut?.partitions.length).toBeGreaterThan(4)
    expect(cut?.partitions[1].label).toMatch(/^2\.jsonl \(bytes 0 to \d+\)$/)
    expect([cut?.rows, cut?.end]).toEqual([whole?.rows, whole?.end])
  })

  test('csv is cut where its options say that fields have no line ends, with the header for each part; gzip never', async () => {
    const path = await tempFolder()
    const text = `n,more,x\n${Array.from({ length: 10_000 }, (_, n) => `${n},,${n / 7}\n`).join('')}`
    await put(`${path}/1.csv`, text)
    const read = async (formatOptions: { readonly [name: string]: Json }) => (await openSource('files', { path, format: 'csv', maxPartitionBytes: small, formatOptions }, row)).batch(null)
    const whole = await read({ header: true })
    const cut = await read({ header: true, multiLine: false })
    expect([whole?.partitions.length, (cut?.partitions.length ?? 0) > 2]).toEqual([1, true])
    expect(whole?.rows).toHaveLength(10_000)
    expect(cut?.rows).toEqual(whole?.rows)
    // Without a header a part knows its columns by position, from the whole schema.
    await put(`${path}/1.csv`, text.slice(text.indexOf('\n') + 1).replaceAll(',,', ','))
    const opened = await openSource('files', { path, format: 'csv', maxPartitionBytes: small, formatOptions: { multiLine: false } }, row)
    const { partitions } = await opened.source.plan(null, (await opened.source.latestOffset(null, 'all')) as never)
    expect(await opened.read(partitions, makeSchema([row.fields[1]]))).toEqual(whole?.rows.map(({ x }) => ({ x })))
    const packed = await tempFolder()
    const noise = Array.from({ length: 40_000 }, (_, n) => `{"n":${n},"x":${Math.sqrt(n)}}\n`).join('')
    await put(`${packed}/1.gz`, gzipSync(noise))
    await put(`${packed}/2`, gzipSync(noise))
    const batch = await (await openSource('files', { path: packed, format: 'jsonl', maxPartitionBytes: small }, row)).batch(null)
    expect(batch?.partitions.filter(p => p.label === '1.gz')).toHaveLength(1)
    expect(batch?.rows).toHaveLength(80_000)
  })

  test('reads what is recorded: a file that was recorded whole, also by a version that knew no parts, and parts that would be cut otherwise now', async () => {
    const path = await tempFolder()
    await put(`${path}/1.jsonl`, lines(10_000))
    const whole = await openSource('files', { path, format: 'jsonl' }, row)
    const cut = await openSource('files', { path, format: 'jsonl', maxPartitionBytes: small }, row)
    const [one, several] = [await whole.batch(null), await cut.batch(null)]
    expect(Object.keys(one?.partitions[0].spec as object).sort()).toEqual(['inode', 'mtimeMs', 'path', 'size'])
    expect(await cut.read(one?.partitions ?? [])).toEqual(one?.rows)
    expect(await whole.read(several?.partitions ?? [])).toEqual(one?.rows)
  })

  test('a bad record says where it stands in the file, which it calls by its name', async () => {
    const path = await tempFolder()
    await put(`${path}/1.jsonl`, lines(10_000, true))
    const whole = await openSource('files', { path, format: 'jsonl' }, row, { onBadRecord: 'deadLetter' })
    const cut = await openSource('files', { path, format: 'jsonl', maxPartitionBytes: small }, row, { onBadRecord: 'deadLetter' })
    expect((await cut.batch(null))?.rows).toEqual((await whole.batch(null))?.rows)
    expect(cut.bad.map(b => [b.origin, b.line])).toEqual(Array.from({ length: 10 }, (_, k) => ['1.jsonl', (k + 1) * 1000]))
    expect(cut.bad).toEqual(whole.bad)
  })

  test('each part notices that the file is another one', async () => {
    const path = await tempFolder()
    await put(`${path}/1.jsonl`, lines(10_000))
    const opened = await openSource('files', { path, format: 'jsonl', maxPartitionBytes: small }, row)
    const batch = await opened.batch(null)
    await put(`${path}/1.jsonl`, lines(10_000))
    for (const partition of batch?.partitions ?? []) await expect(opened.read([partition])).rejects.toMatchObject({ code: 'SOURCE_FILE_CHANGED' })
  })
})

describe('a query over parts', () => {
  async function run(executors: number, maxPartitionBytes: number, folder: string, output: string) {
    const session = await Session.start({ executors, statePartitions: 2 })
    onTestFinished(() => session.stop())
    const sink = new MemorySink<{ k: number; rows: number; total: number | null }>()
    const query = await session
      .readStream(files({ path: `${folder}/in`, format: 'jsonl', schema: row, onBadRecord: 'deadLetter', maxPartitionBytes }))
      .groupBy(({ n }) => ({ k: n.mod(3) }))
      .agg(({ x }) => ({ rows: count(), total: sum(x) }))
      .writeStream({
        sink: memorySink(sink), outputMode: 'complete', trigger: Trigger.availableNow(),
        deadLetters: files({ path: `${folder}/${output}`, format: 'jsonl' }), checkpointLocation: `${folder}/${output}-checkpoint`,
      })
      .start()
    await query.awaitTermination()
    const [progress] = query.recentProgress
    const rows = sink.rows().sort((a, b) => a.k - b.k)
    return { rows, bad: progress.sources[0].numBadRecords, input: progress.numInputRows, executors: progress.executors, dead: await readJsonLines(`${folder}/${output}`) }
  }

  test('one file is read by all executors; sums are the same on one thread and on two, and the bad records those of the whole file', async () => {
    const folder = await tempFolder()
    await mkdir(`${folder}/in`)
    await writeFile(`${folder}/in/a.jsonl`, lines(30_000, true))
    const inline = await run(0, small, folder, 'inline')
    const threads = await run(2, small, folder, 'threads')
    const whole = await run(0, 1 << 30, folder, 'whole')
    // To the last digit: parts are folded in their order, whoever reads them.
    expect(threads.rows).toEqual(inline.rows)
    expect(threads.executors.every(e => e.numInputRows > 10_000)).toBe(true)
    expect([inline.rows.map(r => r.rows), inline.bad, inline.input, inline.dead]).toEqual([whole.rows.map(r => r.rows), whole.bad, whole.input, whole.dead])
    expect([inline.bad, inline.dead.length]).toEqual([30, 30])
    inline.rows.forEach((r, k) => expect(r.total).toBeCloseTo(whole.rows[k].total ?? 0, 3))
    expect(threads.dead).toEqual(inline.dead)
  })

  test('a batch that comes again is read in the parts of its record, whatever maxPartitionBytes is by then', async () => {
    const folder = await tempFolder()
    await mkdir(`${folder}/in`)
    await writeFile(`${folder}/in/a.jsonl`, lines(30_000))
    const session = await Session.start({ statePartitions: 2 })
    onTestFinished(() => session.stop())
    /** Sums of the batches that are published, with whether they are a replay. */
    const sums = async (maxPartitionBytes: number, checkpoint: string, publish = true): Promise<unknown[]> => {
      const seen: unknown[] = []
      const query = await session
        .readStream(files({ path: `${folder}/in`, format: 'jsonl', schema: row, maxPartitionBytes }))
        .groupBy(({ n }) => ({ k: n.mod(3) }))
        .agg(({ x }) => ({ total: sum(x) }))
        .writeStream({
          sink: foreachBatch((batch, { isReplay }) => {
            if (!publish) throw new Error('not today')
            seen.push(isReplay, ...batch.rows().map(r => r.total).sort())
          }),
          outputMode: 'complete', trigger: Trigger.availableNow(), checkpointLocation: `${folder}/${checkpoint}`,
        })
        .start()
      await query.awaitTermination()
      return seen
    }
    const [cut, whole] = [await sums(small, 'cut'), await sums(1 << 30, 'whole')]
    // How a file is cut shows in the last digits.
    expect(cut).not.toEqual(whole)
    await expect(sums(small, 'again', false)).rejects.toMatchObject({ code: 'EXEC_FAILED' })
    expect(await sums(1 << 30, 'again')).toEqual([true, ...cut.slice(1)])
  })
})
