import { execFileSync } from 'node:child_process'
import { rename, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { existsSync, readdirSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { makeSchema } from '../../src/columnar/schema.ts'
import { schema, t } from '../../src/columnar/schema-builder.ts'
import { nodePorts } from '../../src/common/node/node-ports.ts'
import type { Ports } from '../../src/common/ports.ts'
import type { Json } from '../../src/common/json.ts'
import { drain, lines, openSource, put, tempFolder } from './support.ts'

const v = schema({ v: t.nullable(t.int32()) })
const at = (iso: string): Date => new Date(iso)

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

  test('reads files of one modification time by name', async () => {
    const path = await tempFolder()
    for (const name of ['b', 'a', 'c']) await put(`${path}/${name}`, lines({ v: name.charCodeAt(0) }), at('2024-01-01T00:00:00Z'))
    expect((await drain(await openSource('files', { path, format: 'jsonl' }, v), null)).batches).toEqual([[{ v: 97 }, { v: 98 }, { v: 99 }]])
  })

  test('reads at most maxBytesPerTrigger bytes a batch, and always one file', async () => {
    const path = await tempFolder()
    await put(`${path}/a`, lines({ v: 1 }, { v: 2 }, { v: 3 }))
    for (const k of [4, 5, 6]) await put(`${path}/b${k}`, lines({ v: k }))
    const opened = await openSource('files', { path, format: 'jsonl', maxBytesPerTrigger: 16 }, v)
    expect((await drain(opened, null)).batches).toEqual([[{ v: 1 }, { v: 2 }, { v: 3 }], [{ v: 4 }, { v: 5 }], [{ v: 6 }]])
  })

  test('reads the newest files first with latestFirst, whatever their age where there is a limit', async () => {
    const path = await tempFolder()
    await put(`${path}/1`, lines({ v: 1 }), at('2024-01-01T00:00:00Z'))
    await put(`${path}/2`, lines({ v: 2 }), at('2024-01-01T01:00:00Z'))
    const opened = await openSource('files', { path, format: 'jsonl', latestFirst: true, maxFilesPerTrigger: 1, maxFileAge: '1 minute' }, v)
    expect((await drain(opened, null)).batches).toEqual([[{ v: 2 }], [{ v: 1 }]])
  })

  test('takes all there is with ReadLimit "all", and nothing newer once it is pinned', async () => {
    const path = await tempFolder()
    for (const k of [1, 2, 3]) await put(`${path}/${k}`, lines({ v: k }))
    const opened = await openSource('files', { path, format: 'jsonl', maxFilesPerTrigger: 1 }, v)
    expect(await opened.source.latestOffset(null, 'all')).toEqual({ files: 3 })
    await opened.source.pinAvailable()
    await put(`${path}/4`, lines({ v: 4 }))
    expect((await drain(opened, null)).batches).toEqual([[{ v: 1 }], [{ v: 2 }], [{ v: 3 }]])
  })

  test('has no offset before the first file, and the same one when there is nothing new', async () => {
    const path = await tempFolder()
    const { source } = await openSource('files', { path, format: 'jsonl' }, v)
    expect(await source.latestOffset(null, 'limited')).toBeNull()
    expect(source.newest?.()).toBeNull()
    expect(await source.latestOffset({ files: 4 }, 'limited')).toEqual({ files: 4 })
  })

  test('plans a batch again when it was given up', async () => {
    const path = await tempFolder()
    for (const k of [1, 2]) await put(`${path}/${k}`, lines({ v: k }))
    const opened = await openSource('files', { path, format: 'jsonl', maxFilesPerTrigger: 1 }, v)
    expect((await opened.batch(null))?.rows).toEqual([{ v: 1 }])
    expect((await opened.batch({ files: 1 }))?.rows).toEqual([{ v: 2 }])
    expect((await opened.batch(null))?.rows).toEqual([{ v: 1 }])
    expect((await opened.batch({ files: 1 }))?.rows).toEqual([{ v: 2 }])
  })
})

describe('file source: which files', () => {
  test('counts and names files that are too old, once', async () => {
    const path = await tempFolder()
    await put(`${path}/1`, lines({ v: 1 }), at('2024-01-01T01:00:00Z'))
    const opened = await openSource('files', { path, format: 'jsonl', maxFileAge: '1 minute' }, v)
    const first = await drain(opened, null)
    await put(`${path}/2`, lines({ v: 2 }), at('2024-01-01T00:30:00Z'))
    await put(`${path}/3`, lines({ v: 3 }), at('2024-01-01T00:59:30Z'))
    const second = await drain(opened, first.end)
    expect(second.batches).toEqual([[{ v: 3 }]])
    await opened.source.latestOffset(second.end, 'limited')
    expect(opened.source.notices?.()).toEqual([
      { message: '1 files are older than the newest file read by more than maxFileAge (1 minute) and are not read, such as "2".', context: { count: 1, paths: ['2'], maxFileAge: '1 minute' } },
    ])
  })

  test('remembers seen files across a restart, and forgets them by age', async () => {
    const path = await tempFolder()
    await put(`${path}/1`, lines({ v: 1 }), at('2024-01-01T00:00:00Z'))
    await put(`${path}/2`, lines({ v: 2 }), at('2024-01-02T00:00:00Z'))
    const options = { path, format: 'jsonl', maxFileAge: '1 day' }
    const first = await openSource('files', options, v)
    const { end } = await drain(first, null)
    expect([...first.remembered]).toEqual([['/', path], ['1', [1, Date.parse('2024-01-01T00:00:00Z'), 8]], ['2', [2, Date.parse('2024-01-02T00:00:00Z'), 8]]])
    await put(`${path}/3`, lines({ v: 3 }), at('2024-01-03T00:00:00Z'))
    const second = await openSource('files', options, v, { remembered: first.remembered })
    expect((await drain(second, end)).batches).toEqual([[{ v: 3 }]])
    expect([...second.remembered.keys()]).toEqual(['/', '2', '3'])
    const third = await openSource('files', options, v, { remembered: second.remembered })
    expect((await drain(third, { files: 3 })).batches).toEqual([])
  })

  test('of another folder, files are new, or those that it knows, or refused: none is passed over unread', async () => {
    const top = await tempFolder()
    await put(`${top}/a/1`, lines({ v: 1 }), at('2024-01-01T00:00:00Z'))
    const options = { path: `${top}/a`, format: 'jsonl' }
    const first = await openSource('files', options, v)
    const { end } = await drain(first, null)
    const openIn = (folder: string, remembered: ReadonlyMap<string, Json> = first.remembered) => openSource('files', { ...options, path: `${top}/${folder}` }, v, { remembered })
    // The same name, another file.
    await put(`${top}/b/1`, lines({ v: 2 }), at('2024-01-02T00:00:00Z'))
    await expect(openIn('b')).rejects.toMatchObject({
      code: 'CHECKPOINT_INCOMPATIBLE',
      message: expect.stringContaining(`has read "${top}/a" and now reads "${top}/b", where "1" is not the file of that name`) as string,
    })
    // Another name.
    await put(`${top}/c/2`, lines({ v: 3 }), at('2024-01-02T00:00:00Z'))
    const third = await openIn('c')
    expect((await drain(third, end)).batches).toEqual([[{ v: 3 }]])
    expect(third.remembered.get('/')).toBe(`${top}/c`)
    // The folder was moved, with the times of its files.
    await put(`${top}/d/1`, lines({ v: 1 }), at('2024-01-01T00:00:00Z'))
    expect((await drain(await openIn('d'), end)).batches).toEqual([])
    // A checkpoint that does not say where its files lay.
    const silent = new Map([...first.remembered].filter(([key]) => key !== '/'))
    expect((await drain(await openIn('b', silent), end)).batches).toEqual([])
  })

  test('another file of a known name is refused in another folder, however close it is', async () => {
    const top = await tempFolder()
    const putAt = async (path: string, text: string, seconds: number): Promise<void> => {
      await put(path, text)
      await utimes(path, seconds, seconds)
    }
    const options = { path: `${top}/a`, format: 'jsonl' }
    await putAt(`${top}/a/1`, lines({ v: 1 }), 1_704_067_200.1235)
    const { remembered } = await (async () => {
      const first = await openSource('files', options, v)
      await drain(first, null)
      return first
    })()
    const openIn = (folder: string) => openSource('files', { ...options, path: `${top}/${folder}` }, v, { remembered })
    // Written a moment later; of another size; of the same size and another time within the same millisecond.
    await putAt(`${top}/later/1`, lines({ v: 2 }), 1_704_067_201.3456)
    await putAt(`${top}/longer/1`, lines({ v: 22 }), 1_704_067_200.1235)
    await putAt(`${top}/near/1`, lines({ v: 2 }), 1_704_067_200.1237)
    for (const folder of ['later', 'longer', 'near']) await expect(openIn(folder)).rejects.toMatchObject({ code: 'CHECKPOINT_INCOMPATIBLE', context: { file: '1' } })
    // Copied by what keeps only milliseconds, seconds, or every other second.
    for (const seconds of [1_704_067_200.123, 1_704_067_200, 1_704_067_202]) {
      await putAt(`${top}/copy/1`, lines({ v: 1 }), seconds)
      await openIn('copy')
    }
    // A checkpoint that has no sizes yet, when the file that was read is gone.
    await rm(`${top}/a`, { recursive: true })
    remembered.set('1', (remembered.get('1') as readonly Json[]).slice(0, 2))
    await openIn('longer')
    await expect(openIn('later')).rejects.toMatchObject({ code: 'CHECKPOINT_INCOMPATIBLE' })
  })

  test('files written in one tick of the clock are told apart by what stands in them, while both are there', async () => {
    const top = await tempFolder()
    const time = at('2024-01-01T00:00:00Z')
    await put(`${top}/a/1`, lines({ v: 1 }), time)
    const options = { path: `${top}/a`, format: 'jsonl' }
    const first = await openSource('files', options, v)
    const { end } = await drain(first, null)
    const openIn = (folder: string) => openSource('files', { ...options, path: `${top}/${folder}` }, v, { remembered: first.remembered })
    await put(`${top}/b/1`, lines({ v: 2 }), time)
    await expect(openIn('b')).rejects.toMatchObject({ code: 'CHECKPOINT_INCOMPATIBLE', context: { former: `${top}/a`, path: `${top}/b`, file: '1' } })
    // A copy; the same folder by another name.
    await put(`${top}/copy/1`, lines({ v: 1 }), time)
    await symlink(`${top}/a`, `${top}/link`)
    for (const folder of ['copy', 'link']) expect((await drain(await openIn(folder), end)).batches).toEqual([])
    // What lies in the former folder by now is not what was read either, so it says nothing about a copy.
    await put(`${top}/a/1`, lines({ v: 33 }))
    await openIn('copy')
    // Moved.
    await rename(`${top}/a`, `${top}/moved`)
    await put(`${top}/moved/1`, lines({ v: 1 }), time)
    expect((await drain(await openIn('moved'), end)).batches).toEqual([])
  })

  test('a checkpoint that does not say where its files lay says so after the next batch', async () => {
    const path = await tempFolder()
    await put(`${path}/1`, lines({ v: 1 }))
    const first = await openSource('files', { path, format: 'jsonl' }, v)
    const { end } = await drain(first, null)
    first.remembered.delete('/')
    await put(`${path}/2`, lines({ v: 2 }))
    const second = await openSource('files', { path, format: 'jsonl' }, v, { remembered: first.remembered })
    // As at every start: what was committed is told again.
    await second.source.commit(end ?? { files: 0 })
    await drain(second, end)
    expect(second.remembered.get('/')).toBe(path)
  })

  test('tells of files that were written to after they were read, once for each change', async () => {
    const path = await tempFolder()
    let ms = 0
    let looks = 0
    const files: Ports['files'] = { ...nodePorts.files, stat: file => (looks++, nodePorts.files.stat(file)) }
    const ports: Ports = { ...nodePorts, files, clock: { ...nodePorts.clock, monotonic: () => ms } }
    await put(`${path}/a`, lines({ v: 1 }))
    await put(`${path}/b`, lines({ v: 2 }))
    const options = { path, format: 'jsonl' }
    const opened = await openSource('files', options, v, { ports })
    const { end } = await drain(opened, null)
    const noticesLater = async (of = opened): Promise<unknown[]> => {
      ms += 1000
      await of.source.latestOffset(end, 'limited')
      return (of.source.notices?.() ?? []).map(n => n.message)
    }
    expect(await noticesLater()).toEqual([])
    // Appended to.
    await put(`${path}/a`, lines({ v: 1 }, { v: 3 }))
    const appended = 'File "a" was written to after being read (8 bytes then, 16 now): a file is read once, so what has come is not. Write new rows into files of new names.'
    expect(await noticesLater()).toEqual([appended])
    expect(await noticesLater()).toEqual([])
    // Again, and another one rewritten.
    await put(`${path}/a`, lines({ v: 1 }, { v: 3 }, { v: 4 }))
    await put(`${path}/b`, lines({ v: 9 }), at('2024-02-02T00:00:00Z'))
    expect(await noticesLater()).toEqual([
      '2 files were written to after being read such as "b" (8 bytes, and another time): a file is read once, so what has come is not. Write new rows into files of new names.',
    ])
    // Between two looks nothing is asked; one that is gone is no change.
    await rm(`${path}/b`)
    await put(`${path}/a`, '')
    looks = 0
    await opened.source.latestOffset(end, 'limited')
    expect([opened.source.notices?.(), looks]).toEqual([[], 0])
    await put(`${path}/a`, lines({ v: 1 }, { v: 3 }))
    // A restart tells what is so.
    const again = await openSource('files', options, v, { ports, remembered: opened.remembered })
    expect(await noticesLater(again)).toEqual([appended])
    // None of it was read.
    expect((await drain(again, end)).batches).toEqual([])
  })

  test('looks at 256 of the read files at a time, the newest first, until all had their turn', async () => {
    const path = await tempFolder()
    let ms = 0
    const looked: string[] = []
    const files: Ports['files'] = { ...nodePorts.files, stat: file => (looked.push(file.slice(path.length + 1)), nodePorts.files.stat(file)) }
    const ports: Ports = { ...nodePorts, files, clock: { ...nodePorts.clock, monotonic: () => ms } }
    const names = Array.from({ length: 300 }, (_, i) => String(i).padStart(3, '0'))
    for (const name of names) await put(`${path}/${name}`, lines({ v: 1 }))
    const opened = await openSource('files', { path, format: 'jsonl' }, v, { ports })
    const { end } = await drain(opened, null)
    const turns: string[][] = []
    for (let turn = 0; turn < 3; turn++) {
      looked.length = 0
      ms += 1000
      await opened.source.latestOffset(end, 'limited')
      turns.push([...looked])
    }
    const newestFirst = names.reverse()
    expect(turns).toEqual([newestFirst.slice(0, 256), newestFirst.slice(256), newestFirst.slice(0, 256)])
  })

  test('knows a file by its name alone with fileNameOnly', async () => {
    const path = await tempFolder()
    await put(`${path}/x/d`, lines({ v: 1 }))
    const options = { path, format: 'jsonl', fileNameOnly: true, recursive: true }
    const opened = await openSource('files', options, v)
    const first = await drain(opened, null)
    await put(`${path}/y/d`, lines({ v: 2 }))
    await put(`${path}/y/e`, lines({ v: 3 }))
    expect((await drain(opened, first.end)).batches).toEqual([[{ v: 3 }]])
    const again = await openSource('files', options, v, { remembered: opened.remembered })
    expect((await drain(again, { files: 2 })).batches).toEqual([])
  })

  test('leaves out hidden and unfinished files, links, FIFOs and folders that were not asked for', async () => {
    const path = await tempFolder()
    const outside = await tempFolder()
    await put(`${outside}/secret`, lines({ v: 0 }))
    for (const name of ['.hidden', '_log', 'a.tmp', 'b.json.part', 'c~', 'd._COPYING_', 'sub/e', '_x/f']) await put(`${path}/${name}`, lines({ v: 0 }))
    await put(`${path}/good`, lines({ v: 1 }))
    await symlink(`${outside}/secret`, `${path}/link`)
    await symlink(outside, `${path}/folder=link`)
    execFileSync('mkfifo', [`${path}/pipe`])
    const opened = await openSource('files', { path, format: 'jsonl' }, v)
    expect((await drain(opened, null)).batches).toEqual([[{ v: 1 }]])
    expect(opened.source.notices?.()).toEqual([
      { message: `2 symbolic links below "${path}" are not followed, such as "folder=link".`, context: { count: 2, links: ['folder=link', 'link'] } },
    ])
    const recursive = await openSource('files', { path, format: 'jsonl', recursive: true }, v)
    expect((await drain(recursive, null)).batches.flat()).toEqual([{ v: 0 }, { v: 1 }])
  })

  test('waits until a file has kept still for minFileAge', async () => {
    const path = await tempFolder()
    let now = Date.parse('2024-01-01T00:00:30Z')
    const ports: Ports = { ...nodePorts, clock: { ...nodePorts.clock, now: () => now } }
    await put(`${path}/a`, lines({ v: 1 }), at('2024-01-01T00:00:00Z'))
    const opened = await openSource('files', { path, format: 'jsonl', minFileAge: '1 minute' }, v, { ports })
    expect(await opened.batch(null)).toBeUndefined()
    now += 30_000
    expect((await opened.batch(null))?.rows).toEqual([{ v: 1 }])
  })

  test.each([
    ['*.jsonl', ['a.jsonl', 'b.jsonl']],
    ['?.jsonl', ['a.jsonl', 'b.jsonl']],
    ['[!a].jsonl', ['b.jsonl']],
    ['{a,c}.{jsonl,txt}', ['a.jsonl', 'c.txt']],
    ['*/d.jsonl', ['x/d.jsonl', 'y/d.jsonl']],
    ['{x,z}', ['x/d.jsonl']],
    ['**/*.jsonl', ['a.jsonl', 'b.jsonl', 'x/d.jsonl', 'x/deep/e.jsonl', 'y/d.jsonl']],
    ['x/**', ['x/d.jsonl', 'x/deep/e.jsonl']],
    ['[a-b]*', ['a.jsonl', 'b.jsonl']],
  ])('takes the pattern %s', async (pattern, expected) => {
    const path = await tempFolder()
    for (const name of ['a.jsonl', 'b.jsonl', 'c.txt', 'x/d.jsonl', 'x/deep/e.jsonl', 'y/d.jsonl', '.h/a.jsonl']) await put(`${path}/${name}`, lines({ v: 1 }))
    const { source } = await openSource('files', { path: `${path}/${pattern}`, format: 'jsonl' }, v)
    const { partitions } = await source.plan(null, (await source.latestOffset(null, 'all')) as never)
    expect(partitions.map(p => (p.spec as { path: string }).path.slice(path.length + 1)).sort()).toEqual(expected)
  })

  test('takes a single file, and a name that only looks like a pattern', async () => {
    const path = await tempFolder()
    await put(`${path}/data[1].jsonl`, lines({ v: 1 }))
    const opened = await openSource('files', { path: `${path}/data[1].jsonl`, format: 'jsonl' }, v)
    expect((await drain(opened, null)).batches).toEqual([[{ v: 1 }]])
  })
})

describe('file source: content', () => {
  const flight = schema({ n: t.int32(), year: t.int32(), carrier: t.nullable(t.string()), day: t.nullable(t.date()) })

  test('fills columns from the names of folders, percent-decoded and typed', async () => {
    const path = await tempFolder()
    await put(`${path}/year=2013/carrier=A%2FA%20%C3%A9/1.jsonl`, lines({ n: 1, day: '2013-05-01' }))
    await put(`${path}/year=2014/carrier=__HIVE_DEFAULT_PARTITION__/2.jsonl`, lines({ n: 2, carrier: 'in the file' }))
    const opened = await openSource('files', { path, format: 'jsonl' }, flight)
    expect((await drain(opened, null)).batches.flat()).toEqual([
      { n: 1, year: 2013, carrier: 'A/A é', day: '2013-05-01' },
      { n: 2, year: 2014, carrier: null, day: null },
    ])
  })

  test('refuses a folder name that is no value of its column', async () => {
    const path = await tempFolder()
    await put(`${path}/year=soon/1.jsonl`, lines({ n: 1 }))
    const opened = await openSource('files', { path, format: 'jsonl' }, flight)
    await expect(opened.batch(null)).rejects.toMatchObject({ code: 'FORMAT_SCHEMA_MISMATCH', context: { column: 'year', value: 'soon', type: 'int32' } })
  })

  test.each(['jsonl', 'csv', 'text'])('gives rows without columns to a query that only counts them (%s)', async format => {
    const path = await tempFolder()
    const rowSchema = format === 'text' ? schema({ value: t.string() }) : schema({ a: t.int32(), b: t.int32() })
    await put(`${path}/1`, { jsonl: '{"a":1,"b":2}\n{"a":3,"b":4}\n', csv: '1,2\n3,4\n', text: 'x\ny\n' }[format] as string)
    const opened = await openSource('files', { path, format }, rowSchema)
    const batch = await opened.batch(null)
    expect(await opened.read(batch?.partitions ?? [], makeSchema([]))).toEqual([{}, {}])
  })

  test('finds the columns of a CSV file without header by their place in the whole schema', async () => {
    const path = await tempFolder()
    await put(`${path}/p=9/1.csv`, '1,2\n3,4\n')
    const whole = schema({ a: t.int32(), p: t.int32(), b: t.int32() })
    const opened = await openSource('files', { path, format: 'csv' }, whole)
    const batch = await opened.batch(null)
    expect(batch?.rows).toEqual([{ a: 1, p: 9, b: 2 }, { a: 3, p: 9, b: 4 }])
    expect(await opened.read(batch?.partitions ?? [], makeSchema([whole.fields[2], whole.fields[1]]))).toEqual([{ b: 2, p: 9 }, { b: 4, p: 9 }])
  })

  test('reads text whose other columns stand in the names of folders, also when the first file comes later', async () => {
    const path = await tempFolder()
    const columns = schema({ value: t.string(), k: t.int32() })
    const early = await openSource('files', { path, format: 'text' }, columns)
    await put(`${path}/k=1/a.txt`, 'one\ntwo\n')
    await put(`${path}/k=2/b.txt`, 'three\n')
    const rows = [{ value: 'one', k: 1 }, { value: 'two', k: 1 }, { value: 'three', k: 2 }]
    expect((await drain(early, null)).batches.flat()).toEqual(rows)
    expect((await drain(await openSource('files', { path, format: 'text' }, columns), null)).batches.flat()).toEqual(rows)
    await expect(openSource('files', { path, format: 'text' }, schema({ value: t.string(), k: t.int32(), other: t.string() }))).rejects.toMatchObject({
      code: 'PLAN_UNSUPPORTED_TYPE', context: { columns: ['value: string', 'other: string'] },
    })
    await put(`${path}/plain/b.txt`, 'x\n')
    await expect(openSource('files', { path: `${path}/plain`, format: 'text' }, columns)).rejects.toMatchObject({ code: 'PLAN_UNSUPPORTED_TYPE' })
  })

  test('unpacks gzip', async () => {
    const path = await tempFolder()
    await put(`${path}/1.jsonl.gz`, gzipSync(lines({ v: 1 }, { v: 2 })))
    expect((await drain(await openSource('files', { path, format: 'jsonl' }, v), null)).batches).toEqual([[{ v: 1 }, { v: 2 }]])
  })

  test('reports bad records with the file they stand in', async () => {
    const path = await tempFolder()
    await put(`${path}/1.jsonl`, '{"v":1}\nnonsense\n{"v":2}\n')
    const opened = await openSource('files', { path, format: 'jsonl' }, v, { onBadRecord: 'deadLetter' })
    expect((await opened.batch(null))?.rows).toEqual([{ v: 1 }, { v: 2 }])
    expect(opened.bad).toMatchObject([{ origin: '1.jsonl', line: 2, byte: 8, raw: new TextEncoder().encode('nonsense') }])
    const strict = await openSource('files', { path, format: 'jsonl' }, v)
    await expect(strict.batch(null)).rejects.toMatchObject({ code: 'FORMAT_BAD_RECORD', context: { origin: '1.jsonl', line: 2 } })
  })
})

describe('file source: files that change', () => {
  test('reads the planned file again, and refuses another one in its place', async () => {
    const path = await tempFolder()
    await put(`${path}/1`, lines({ v: 1 }), at('2024-01-01T00:00:00Z'))
    const opened = await openSource('files', { path, format: 'jsonl' }, v)
    const batch = await opened.batch(null)
    expect(await opened.read(batch?.partitions ?? [])).toEqual([{ v: 1 }])
    await put(`${path}/.new`, lines({ v: 2 }), at('2024-01-01T00:00:00Z'))
    await rename(`${path}/.new`, `${path}/1`)
    await expect(opened.read(batch?.partitions ?? [])).rejects.toMatchObject({ code: 'SOURCE_FILE_CHANGED', context: { path: `${path}/1` } })
    await utimes(`${path}/1`, 1, 1)
    await expect(opened.read(batch?.partitions ?? [])).rejects.toMatchObject({ code: 'SOURCE_FILE_CHANGED' })
    await rm(`${path}/1`)
    await expect(opened.read(batch?.partitions ?? [])).rejects.toMatchObject({ code: 'SOURCE_FILE_MISSING', context: { path: `${path}/1` } })
    const lenient = await openSource('files', { path, format: 'jsonl', ignoreMissingFiles: true }, v)
    expect(await lenient.read(batch?.partitions ?? [])).toEqual([])
  })

  test('notices a file that grows while it is read', async () => {
    const path = await tempFolder()
    await put(`${path}/1`, lines({ v: 1 }))
    const ports: Ports = {
      ...nodePorts,
      files: {
        ...nodePorts.files,
        async open(name) {
          const file = await nodePorts.files.open(name)
          await writeFile(`${path}/1`, lines({ v: 1 }, { v: 2 }))
          return file
        },
      },
    }
    await expect((await openSource('files', { path, format: 'jsonl' }, v, { ports })).batch(null)).rejects.toMatchObject({ code: 'SOURCE_FILE_CHANGED' })
  })

  test('says where it looked when there is nothing', async () => {
    const path = `${await tempFolder()}/missing`
    for (const p of [path, `${path}/*.jsonl`]) {
      await expect(openSource('files', { path: p, format: 'jsonl' }, v)).rejects.toMatchObject({ code: 'SOURCE_PATH_MISSING', context: { path: p, resolved: p } })
    }
  })

  test('a file that goes between the look at it and its opening is missing', async () => {
    const path = await tempFolder()
    await put(`${path}/1`, lines({ v: 1 }))
    const vanishing: Ports = { ...nodePorts, files: { ...nodePorts.files, open: name => nodePorts.files.remove(name).then(() => nodePorts.files.open(name)) } }
    for (const format of ['jsonl', 'csv', 'text', 'parquet', 'arrow']) {
      const columns = format === 'text' ? schema({ value: t.string() }) : v
      for (const ignoreMissingFiles of [false, true]) {
        await put(`${path}/1`, lines({ v: 1 }))
        const reading = (await openSource('files', { path, format, ignoreMissingFiles }, columns, { ports: vanishing })).batch(null)
        if (ignoreMissingFiles) expect((await reading)?.rows).toEqual([])
        else await expect(reading).rejects.toMatchObject({ code: 'SOURCE_FILE_MISSING', context: { path: `${path}/1` } })
      }
    }
  })

  test('a pipe is no file: named in a message of its own, and passed over in a folder', async () => {
    const path = await tempFolder()
    execFileSync('mkfifo', [`${path}/pipe`])
    await put(`${path}/1`, lines({ v: 1 }))
    await expect(openSource('files', { path: `${path}/pipe`, format: 'jsonl' }, v)).rejects.toMatchObject({ code: 'SOURCE_PATH_MISSING', message: expect.stringContaining('but a pipe, a device or a socket') })
    expect((await drain(await openSource('files', { path, format: 'jsonl' }, v), null)).batches).toEqual([[{ v: 1 }]])
  })

  test('a path that the system refuses is said with what to do', async () => {
    const path = await tempFolder()
    await put(`${path}/file`, lines({ v: 1 }))
    await symlink('loop', `${path}/loop`)
    for (const [below, code] of [['file/x', 'ENOTDIR'], ['file/*.jsonl', 'ENOTDIR'], ['loop', 'ELOOP'], ['loop/*', 'ELOOP'], ['x'.repeat(300), 'ENAMETOOLONG']]) {
      await expect(openSource('files', { path: `${path}/${below}`, format: 'jsonl' }, v)).rejects.toMatchObject({ code: 'SOURCE_FAILED', context: { path: `${path}/${below}`, code } })
    }
  })

  test('says which path the system refused, while it lists and while it reads', async () => {
    const path = await tempFolder()
    await put(`${path}/a`, lines({ v: 1 }))
    const denied = (at: string) => Promise.reject(Object.assign(new Error(`EACCES: permission denied, '${at}'`), { code: 'EACCES' }))
    const opened = (files: object) => openSource('files', { path, format: 'jsonl' }, v, { ports: { ...nodePorts, files: { ...nodePorts.files, ...files } } })
    const refused = (at: string) => ({ code: 'SOURCE_FAILED', context: { path: at, code: 'EACCES' }, message: expect.stringContaining('Give the user of this process the right to it') })
    await expect((await opened({ list: denied })).batch(null)).rejects.toMatchObject(refused(path))
    await expect((await opened({ open: denied })).batch(null)).rejects.toMatchObject(refused(`${path}/a`))
    await expect(opened({ stat: denied })).rejects.toMatchObject(refused(path))
    // The look at a file before it is read and the one after, at folders for a sink's log, and at files for the columns of their names.
    const deniedAt = (wanted: string, nth: number) => {
      let calls = 0
      return (at: string) => (at === wanted && ++calls === nth ? denied(at) : nodePorts.files.stat(at))
    }
    for (const nth of [2, 3]) await expect((await opened({ stat: deniedAt(`${path}/a`, nth) })).batch(null)).rejects.toMatchObject(refused(`${path}/a`))
    const cleaning = { ports: { ...nodePorts, files: { ...nodePorts.files, stat: deniedAt(`${path}/_manifest`, 1) } } }
    await expect(openSource('files', { path, format: 'jsonl', cleanSource: 'delete' }, v, cleaning)).rejects.toMatchObject(refused(`${path}/_manifest`))
    const listing = { ports: { ...nodePorts, files: { ...nodePorts.files, list: denied } } }
    await expect(openSource('files', { path, format: 'text' }, schema({ value: t.string(), k: t.int32() }), listing)).rejects.toMatchObject(refused(path))
    const below = `${path}/a/b`
    await expect(openSource('files', { path: below, format: 'jsonl' }, v)).rejects.toMatchObject({ code: expect.stringMatching(/SOURCE_(PATH_MISSING|FAILED)/) })
  })

  test('wakes after the poll interval, at once while files wait, and when the signal aborts', async () => {
    const path = await tempFolder()
    const slept: number[] = []
    const ports: Ports = { ...nodePorts, clock: { ...nodePorts.clock, async sleep(ms) { slept.push(ms) } } }
    const { source } = await openSource('files', { path, format: 'jsonl', pollInterval: '250ms', maxFilesPerTrigger: 1 }, v, { ports })
    const signal = new AbortController().signal
    await source.changed(signal)
    expect(slept).toEqual([250])
    await put(`${path}/1`, lines({ v: 1 }))
    await source.latestOffset(null, 'limited')
    await source.changed(signal)
    expect(slept).toEqual([250])
  })
})

describe('file source: cleaning', () => {
  test('deletes files after their batch is committed, not before', async () => {
    const path = await tempFolder()
    for (const k of [1, 2]) await put(`${path}/${k}`, lines({ v: k }))
    const opened = await openSource('files', { path, format: 'jsonl', maxFilesPerTrigger: 1, cleanSource: 'delete' }, v)
    await drain(opened, null)
    expect(readdirSync(path)).toEqual(['1', '2'])
    await opened.source.commit({ files: 1 })
    expect(readdirSync(path)).toEqual(['2'])
    await opened.source.commit({ files: 1 })
    const again = await openSource('files', { path, format: 'jsonl', cleanSource: 'delete' }, v, { remembered: opened.remembered })
    await again.source.commit({ files: 2 })
    expect(readdirSync(path)).toEqual([])
  })

  test('archives files, keeps both of the same name, and leaves a file that came later', async () => {
    const path = await tempFolder()
    const archive = await tempFolder()
    await put(`${path}/a=1/x`, lines({ v: 1 }))
    await put(`${path}/y`, lines({ v: 2 }))
    await put(`${archive}/a=1/x`, 'earlier')
    const opened = await openSource('files', { path, format: 'jsonl', cleanSource: 'archive', sourceArchiveDir: archive }, v)
    const { end } = await drain(opened, null)
    await put(`${path}/y`, lines({ v: 3 }))
    await opened.source.commit(end as never)
    expect(readdirSync(`${archive}/a=1`)).toEqual(['x', 'x.1'])
    expect(existsSync(`${path}/y`)).toBe(true)
    expect(opened.source.notices?.()).toEqual([])
  })

  test('names a file that it could not archive, and goes on', async () => {
    const path = await tempFolder()
    const archive = await tempFolder()
    await put(`${path}/1`, lines({ v: 1 }))
    await put(`${archive}/blocked`, '')
    const opened = await openSource('files', { path, format: 'jsonl', cleanSource: 'archive', sourceArchiveDir: `${archive}/blocked` }, v)
    const { end } = await drain(opened, null)
    await opened.source.commit(end as never)
    expect(opened.source.notices?.()).toMatchObject([{ context: { path: `${path}/1` } }])
  })

  test('refuses to clean the output of a file sink, and folders inside it', async () => {
    const path = await tempFolder()
    await put(`${path}/_manifest/slot/0000000000`, '')
    await put(`${path}/k=1/part-0000000000-00000.jsonl`, lines({ v: 1 }))
    for (const p of [path, `${path}/k=1`]) {
      await expect(openSource('files', { path: p, format: 'jsonl', cleanSource: 'delete' }, v)).rejects.toMatchObject({ code: 'PLAN_INVALID_OPTION', context: { folder: path } })
    }
    expect((await drain(await openSource('files', { path, format: 'jsonl' }, v), null)).batches).toEqual([[{ v: 1 }]])
  })
})

describe('file source: options', () => {
  test.each([
    [{ maxFilesPerTrigger: 1, maxBytesPerTrigger: 1 }, 'PLAN_INVALID_OPTION'],
    [{ maxFilesPerTrigger: -1 }, 'PLAN_INVALID_OPTION'],
    [{ cleanSource: 'archive' }, 'PLAN_INVALID_OPTION'],
    [{ cleanSource: 'nonsense' }, 'PLAN_INVALID_OPTION'],
    [{ maxFileAge: 'abc' }, 'PLAN_INVALID_OPTION'],
    [{ latestFirst: 'perhaps' }, 'PLAN_INVALID_OPTION'],
    [{ path: '' }, 'PLAN_INVALID_OPTION'],
    [{ path: 'a\0b' }, 'PLAN_INVALID_OPTION'],
    [{ path: 'a/{b' }, 'PLAN_INVALID_OPTION'],
    [{ path: 'a/[b' }, 'PLAN_INVALID_OPTION'],
    [{ modifiedBefore: '2024-01-01' }, 'PLAN_UNKNOWN_OPTION'],
    [{ format: 'jason' }, 'FORMAT_UNKNOWN'],
  ])('refuses %j', async (options, code) => {
    await expect(openSource('files', { path: await tempFolder(), format: 'jsonl', ...options }, v)).rejects.toMatchObject({ code })
  })

  test('refuses an archive inside the path', async () => {
    const path = await tempFolder()
    await expect(openSource('files', { path, format: 'jsonl', cleanSource: 'archive', sourceArchiveDir: `${path}/done` }, v)).rejects.toMatchObject({ code: 'PLAN_INVALID_OPTION' })
  })
})
