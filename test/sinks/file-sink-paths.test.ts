import { readdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { expect, test } from 'vitest'
import { batchOfRows } from '../../src/columnar/batch-builder.ts'
import { schema, t } from '../../src/columnar/schema-builder.ts'
import { makeDirectory } from '../../src/common/node/make-directory.ts'
import { nodePorts } from '../../src/common/node/node-ports.ts'
import { loadSink } from '../../src/sinks/registry.ts'
import { attempt, openSink, parts, tempFolder } from './support.ts'

const rows = schema({ v: t.int32() })

function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: no`), { code })
}

test('refuses a path that is a file, or below one, with what to do', async () => {
  const folder = await tempFolder()
  await writeFile(`${folder}/taken`, '')
  for (const path of [`${folder}/taken`, `${folder}/taken/below`]) {
    await expect(openSink({ provider: 'files', options: { path, format: 'jsonl' }, schema: rows })).rejects.toMatchObject({
      code: 'SINK_PATH_UNUSABLE', context: { path }, cause: { code: expect.stringMatching(/^E/) },
      message: expect.stringContaining('choose another path'),
    })
  }
})

test.each([
  ['EACCES', 'Give the user of this process the right to it'],
  ['ENOSPC', 'The disk is full'],
  ['EROFS', 'can only be read'],
  ['EIO', 'Remove the cause'],
])('says which path the system refused with %s, when a query opens its output', async (code, advice) => {
  const path = `${await tempFolder()}/out`
  const files = { ...nodePorts.files, makeDirectory: () => Promise.reject(systemError(code)) }
  await expect(openSink({ provider: 'files', options: { path, format: 'jsonl' }, schema: rows, ports: { ...nodePorts, files } })).rejects.toMatchObject({
    code: 'SINK_PATH_UNUSABLE', context: { path, code }, message: expect.stringContaining(advice),
  })
})

test('a folder that cannot be made on a file system for reading is refused with its reason, not as missing', async () => {
  // The system's answers for an output below a mounted folder; Node's own way of making parents turns them into ENOENT.
  const isDirectory = (path: string): Promise<boolean> => Promise.resolve(['/', '/media', '/media/disc'].includes(path))
  const asked: string[] = []
  const mkdir = async (path: string): Promise<void> => {
    asked.push(path)
    if (await isDirectory(path)) throw systemError('EEXIST')
    throw systemError((await isDirectory(dirname(path))) ? 'EROFS' : 'ENOENT')
  }
  const files = { ...nodePorts.files, makeDirectory: (path: string) => makeDirectory(path, { mkdir, isDirectory }) }
  await expect(openSink({ provider: 'files', options: { path: '/media/disc/out', format: 'jsonl' }, schema: rows, ports: { ...nodePorts, files } })).rejects.toMatchObject({
    code: 'SINK_PATH_UNUSABLE', retryable: false, context: { path: '/media/disc/out', code: 'EROFS' }, message: expect.stringContaining('The file system can only be read: choose another path'),
  })
  expect(asked).toEqual(['/media/disc/out/_manifest/slot', '/media/disc/out/_manifest', '/media/disc/out'])
})

test('folders are made with their parents, again without harm, and not through a file', async () => {
  const folder = await tempFolder()
  for (const path of ['a/b/c', 'a/b/c', 'a/b/', 'a/../d//e']) await makeDirectory(`${folder}/${path}`)
  await Promise.all(Array.from({ length: 8 }, () => makeDirectory(`${folder}/x/y/z`)))
  expect((await readdir(folder, { recursive: true })).sort()).toEqual(['a', 'a/b', 'a/b/c', 'd', 'd/e', 'x', 'x/y', 'x/y/z'])
  await writeFile(`${folder}/taken`, '')
  await expect(makeDirectory(`${folder}/taken`)).rejects.toMatchObject({ code: 'EEXIST' })
  await expect(makeDirectory(`${folder}/taken/below/it`)).rejects.toMatchObject({ code: 'ENOTDIR' })
})

test('an executor that cannot write its files says so with path and batch', async () => {
  const path = `${await tempFolder()}/out`
  const files = { ...nodePorts.files, create: () => Promise.reject(systemError('ENOSPC')) }
  const provider = await loadSink('files')
  const writer = await provider.writer({ path, format: 'jsonl' }, rows, { ports: { ...nodePorts, files }, batchId: 7, attempt: attempt(1), partition: 0, clockMs: 0 })

  const big = batchOfRows(rows, Array.from({ length: 60_000 }, (_, v) => ({ v })))
  const write = async (): Promise<void> => {
    for (let k = 0; k < 40; k++) await writer.write(big)
    await writer.finish()
  }
  await expect(write()).rejects.toMatchObject({ code: 'SINK_COMMIT_FAILED', context: { path, batchId: 7 }, cause: { code: 'ENOSPC' } })
})

test('says which path the system refused when it looks for what was staged before a restart', async () => {
  const path = `${await tempFolder()}/out`
  let refused = false
  const files = { ...nodePorts.files, stat: (at: string) => (refused ? Promise.reject(systemError('EACCES')) : nodePorts.files.stat(at)) }
  const setup = { provider: 'files', options: { path, format: 'jsonl' }, schema: rows, ports: { ...nodePorts, files } }
  const sink = await openSink(setup)
  await sink.fence(1)
  await sink.stage(0, attempt(1), await parts(setup, 0, attempt(1), [[{ v: 7 }]]))
  expect(await sink.hasStaged(0, attempt(1))).toBe(true)
  refused = true
  await expect(sink.hasStaged(0, attempt(1))).rejects.toMatchObject({ code: 'SINK_PATH_UNUSABLE', context: { path, code: 'EACCES' } })
})
