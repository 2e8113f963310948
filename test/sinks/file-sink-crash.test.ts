import { describe, expect, test } from 'vitest'
import { batchOfRows } from '../../src/columnar/batch-builder.ts'
import { schema, t } from '../../src/columnar/schema-builder.ts'
import type { FileSystem } from '../../src/common/file-system.ts'
import { nodeFileSystem } from '../../src/common/node/node-file-system.ts'
import { FileWriter } from '../../src/sinks/file/file-writer.ts'
import { resolveFileSinkOptions } from '../../src/sinks/file/options.ts'
import type { Attempt, Sink, SinkPart } from '../../src/sinks/sink.ts'
import { Crash, dyingFiles, SimulatedDisk, visibleFiles } from './simulated-files.ts'
import { attempt, openSink, output, portsWith, type SinkSetup, tempFolder } from './support.ts'

const rowSchema = schema({ b: t.int32(), k: t.string(), n: t.int32() })
/** By batch and partition. Batch 1 has no rows; the parts of partition 1 are staged by their writer. */
const input = [
  [[{ b: 0, k: 'x', n: 1 }, { b: 0, k: 'y', n: 2 }], [{ b: 0, k: 'x', n: 3 }]],
  [[], []],
  [[{ b: 2, k: 'y', n: 4 }], []],
  [[], [{ b: 3, k: 'z', n: 5 }, { b: 3, k: 'x', n: 6 }]],
]
const expected = input.flat(2).map(row => JSON.stringify(row)).sort()

/** What the checkpoint holds: the batch in doubt with its token, and the last one known to be committed. */
interface Checkpoint {
  committed: number
  prepared: { readonly batchId: number; readonly token: string; readonly attempt: Attempt } | undefined
  incarnation: string | undefined
}

function setupOf(files: FileSystem, partitionBy: readonly string[], path = 'data/out'): SinkSetup {
  return { provider: 'files', options: { path, format: 'jsonl', partitionBy }, schema: rowSchema, ports: portsWith(files) }
}

async function write(setup: SinkSetup, batchId: number, by: Attempt): Promise<SinkPart[]> {
  const written: SinkPart[] = []
  for (const [partition, rows] of input[batchId].entries()) {
    const environment = { ports: portsWith((setup.ports as { files: FileSystem }).files), batchId, attempt: by, partition }
    const writer = new FileWriter(resolveFileSinkOptions(setup.options), rowSchema, environment, partition === 1 ? 0 : undefined)
    if (rows.length > 0) await writer.write(batchOfRows(rowSchema, rows))
    written.push(await writer.finish())
  }
  return written
}

/** One life of a query: opens, fences, recovers the batch in doubt, goes on to the end or dies. */
async function live(setup: SinkSetup, checkpoint: Checkpoint, resume: boolean): Promise<void> {
  const sink = await openSink(setup)
  const epoch = (await sink.epoch()) + 1
  const { last, incarnation } = await sink.fence(epoch)
  checkpoint.incarnation ??= incarnation as string
  expect(incarnation).toBe(checkpoint.incarnation)
  const doubt = checkpoint.prepared
  if (doubt !== undefined && doubt.batchId > checkpoint.committed) {
    if (last?.batchId === doubt.batchId) expect(last.token).toBe(doubt.token)
    else {
      expect(last?.batchId ?? -1).toBe(checkpoint.committed)
      if (resume && (await sink.hasStaged(doubt.batchId, doubt.attempt))) {
        await sink.commit({ ...output(doubt.batchId, doubt.attempt, [], doubt.token), epoch })
      } else await publish(sink, setup, checkpoint, doubt.batchId, epoch)
    }
    checkpoint.committed = doubt.batchId
  } else expect(last?.batchId ?? -1).toBe(checkpoint.committed)
  await sink.sweep(epoch)
  for (let batchId = checkpoint.committed + 1; batchId < input.length; batchId++) {
    await publish(sink, setup, checkpoint, batchId, epoch)
    checkpoint.committed = batchId
  }
}

async function publish(sink: Sink, setup: SinkSetup, checkpoint: Checkpoint, batchId: number, epoch: number): Promise<void> {
  const by = attempt(epoch, batchId)
  const written = await write(setup, batchId, by)
  await sink.stage(batchId, by, written)
  const token = `${batchId}-${epoch}`
  checkpoint.prepared = { batchId, token, attempt: by }
  expect(await sink.commit(output(batchId, by, written, token))).toBe('done')
}

/** Whatever happened: a plain reader sees whole files only, no row twice, and nothing of batches that nobody decided. */
async function checkVisible(files: FileSystem, checkpoint: Checkpoint, root = 'data/out'): Promise<string[]> {
  const rows: string[] = []
  for (const [path, text] of await visibleFiles(files, root)) {
    expect(text.endsWith('\n'), `${path} is whole`).toBe(true)
    for (const line of text.trimEnd().split('\n')) {
      const folder = /(?:^|\/)k=(\w)\//.exec(path)
      const row = JSON.parse(line)
      rows.push(JSON.stringify(folder === null ? row : { b: row.b, k: folder[1], n: row.n }))
    }
  }
  rows.sort()
  expect(new Set(rows).size).toBe(rows.length)
  const newest = Math.max(checkpoint.committed, checkpoint.prepared?.batchId ?? -1)
  for (const row of rows) expect(JSON.parse(row).b).toBeLessThanOrEqual(newest)
  return rows
}

function random(seed: number): () => number {
  let s = seed >>> 0
  return () => {
    s = (Math.imul(s, 1664525) + 1013904223) >>> 0
    return s / 4294967296
  }
}

async function runWithCrashes(crashes: readonly { at: number; after: number }[], partitionBy: readonly string[], resume: boolean, lose: (disk: SimulatedDisk, crash: number) => void): Promise<boolean> {
  const disk = new SimulatedDisk()
  const files = disk.files()
  const setup = setupOf(files, partitionBy)
  const checkpoint: Checkpoint = { committed: -1, prepared: undefined, incarnation: undefined }
  for (const [k, crash] of crashes.entries()) {
    disk.restart()
    disk.crashAt = crash.at
    disk.crashAfter = crash.after
    try {
      await live(setup, checkpoint, resume)
      return false
    } catch (error) {
      const cause = error instanceof Error && error.cause !== undefined ? error.cause : error
      if (!(cause instanceof Crash)) throw error
    }
    disk.restart()
    lose(disk, k)
    await checkVisible(files, checkpoint)
  }
  disk.restart()
  await live(setup, checkpoint, resume)
  expect(await checkVisible(files, checkpoint)).toEqual(expected)
  expect(await files.list('data/out/_staging')).toEqual([])
  return true
}

const losses = {
  kill: () => () => {},
  power: () => (disk: SimulatedDisk) => disk.powerLoss(),
  'power, some of it kept': (seed: number) => {
    const next = random(seed)
    return (disk: SimulatedDisk) => disk.powerLoss(() => next() < 0.5)
  },
}

describe.each(Object.entries(losses))('file sink under %s', (_name, loss) => {
  test.each([[[], true], [[], false], [['k'], true]] as const)('loses and repeats nothing at any step (partitionBy %j, resume %j)', async (partitionBy, resume) => {
    for (let at = 0; ; at++) {
      let died = false
      for (const after of [0, 1]) died = (await runWithCrashes([{ at, after }], partitionBy, resume, loss(at))) || died
      if (!died) {
        expect(at).toBeGreaterThan(60)
        return
      }
    }
  })
  test('survives a second and a third crash while it recovers', async () => {
    const next = random(7)
    const pick = (n: number): number => Math.floor(next() * n)
    for (let run = 0; run < 300; run++) {
      const crashes = [pick(90), pick(40), pick(40)].map(at => ({ at, after: pick(2) }))
      await runWithCrashes(crashes, run % 2 === 0 ? [] : ['k'], run % 3 !== 0, loss(run))
    }
  })
})

test('what a kill left behind is made durable before it is used: every kill, then a power loss at every step after', async () => {
  for (let first = 0; first < 90; first++) {
    for (let second = first % 2; second < 46; second += 2) {
      const crashes = [{ at: first, after: 1 }, { at: second, after: (second >> 1) & 1 }]
      await runWithCrashes(crashes, (first >> 1) % 2 === 0 ? [] : ['k'], true, (disk, k) => {
        if (k === 1) disk.powerLoss()
      })
    }
  }
})

test('loses and repeats nothing on a real disk when the process dies at any step, mid-write included', async () => {
  for (let at = 0; ; at += 2) {
    const root = `${await tempFolder()}/out`
    const checkpoint: Checkpoint = { committed: -1, prepared: undefined, incarnation: undefined }
    let died = false
    try {
      await live(setupOf(dyingFiles(nodeFileSystem, at, (at >> 1) & 1), ['k'], root), checkpoint, at % 3 !== 0)
    } catch (error) {
      const cause = error instanceof Error && error.cause !== undefined ? error.cause : error
      if (!(cause instanceof Crash)) throw error
      died = true
    }
    await checkVisible(nodeFileSystem, checkpoint, root)
    await live(setupOf(nodeFileSystem, ['k'], root), checkpoint, true)
    expect(await checkVisible(nodeFileSystem, checkpoint, root)).toEqual(expected)
    if (!died) break
  }
})
