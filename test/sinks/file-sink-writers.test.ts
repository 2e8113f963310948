import { describe, expect, test } from 'vitest'
import { schema, t } from '../../src/columnar/schema-builder.ts'
import type { FileSystem } from '../../src/common/file-system.ts'
import { SimulatedDisk, visibleFiles } from './simulated-files.ts'
import { attempt, openSink, output, parts, portsWith, runBatch, type SinkSetup } from './support.ts'

const rowSchema = schema({ n: t.int32() })
const setupOf = (files: FileSystem, queryId = 'q'): SinkSetup => ({
  provider: 'files', options: { path: 'out', format: 'jsonl' }, schema: rowSchema, ports: portsWith(files), queryId,
})

describe('file sink: two writers', () => {
  test('fences the older writer wherever it was in its commit, and one of the two publishes the batch', async () => {
    let adopted = 0
    let replaced = 0
    for (let pauseAt = 0; ; pauseAt++) {
      const disk = new SimulatedDisk()
      const files = disk.files()
      const setup = setupOf(files)
      const older = await openSink(setup)
      await older.fence(1)
      await runBatch(older, setup, 0, attempt(1, 0), [[{ n: 0 }]])
      const from = disk.steps
      let done = false
      disk.beforeStep = async step => {
        // Steps that go on together have the same number before they begin.
        if (done || step < from + pauseAt) return
        done = true
        const newer = await openSink(setup)
        const { last } = await newer.fence(2)
        await newer.sweep(2)
        if (last?.batchId === 1) {
          adopted++
          expect(last.token).toBe('token-old')
        } else {
          replaced++
          expect(last).toEqual({ batchId: 0, token: 'token-0' })
          expect(await runBatch(newer, setup, 1, attempt(2, 1), [[{ n: 200 }]], 'token-new')).toBe('done')
        }
        expect(await runBatch(newer, setup, 2, attempt(2, 2), [[{ n: 300 }]])).toBe('done')
      }
      let error: unknown
      try {
        await runBatch(older, setup, 1, attempt(1, 1), [[{ n: 100 }]], 'token-old')
      } catch (e) {
        error = e
      }
      if (!done) break
      // The next batch of the older one fails, whatever became of this one.
      await expect(runBatch(older, setup, 2, attempt(1, 2), [[{ n: 400 }]])).rejects.toMatchObject({ code: 'CHECKPOINT_FENCED' })
      const visible = [...(await visibleFiles(files, 'out'))].sort()
      const one = error === undefined ? '{"n":100}\n' : (visible.find(([path]) => path.startsWith('part-0000000001'))?.[1] as string)
      expect(visible).toEqual([['part-0000000000-00000.jsonl', '{"n":0}\n'], ['part-0000000001-00000.jsonl', one], ['part-0000000002-00000.jsonl', '{"n":300}\n']])
    }
    expect(replaced).toBeGreaterThan(5)
    expect(adopted).toBeGreaterThan(3)
  })

  test('stops a writer whose slot came free again through compaction', async () => {
    const files = new SimulatedDisk().files()
    const setup = setupOf(files)
    const older = await openSink(setup)
    await older.fence(1)
    const newer = await openSink(setup)
    await newer.fence(2)
    for (let b = 0; b < 200; b++) await newer.commit(output(b, attempt(2, b), []))
    expect((await files.list('out/_manifest/slot')).map(e => e.name)).not.toContain('0000000001')
    await expect(older.commit(output(0, attempt(1, 0), []))).rejects.toMatchObject({ code: 'CHECKPOINT_FENCED' })
    expect((await files.list('out/_manifest/slot')).map(e => e.name)).not.toContain('0000000001')
    const third = await openSink(setup)
    expect(await third.fence(3)).toMatchObject({ last: { batchId: 199, token: 'token-199' } })
  })

  test('keeps at most two compactions of the log and finds the last batch around them', async () => {
    const files = new SimulatedDisk().files()
    const setup = setupOf(files)
    for (let epoch = 1; epoch <= 150; epoch++) {
      const sink = await openSink(setup)
      const { last } = await sink.fence(epoch)
      expect(last?.batchId ?? -1).toBe(epoch - 2)
      await sink.commit(output(epoch - 1, attempt(epoch), []))
      expect((await files.list('out/_manifest/slot')).length).toBeLessThanOrEqual(128)
    }
  })

  test('redoes the renames of a batch that a compaction has swallowed', async () => {
    for (let fences = 58; fences < 68; fences++) {
      const disk = new SimulatedDisk()
      const files = disk.files()
      const setup = setupOf(files)
      let epoch = 0
      for (; epoch < fences; epoch++) await (await openSink(setup)).fence(epoch + 1)
      const sink = await openSink(setup)
      await sink.fence(++epoch)
      // Dies between the slot and the renames, and at the next start again before the renames.
      disk.beforeStep = async (_step, what) => {
        if (what.startsWith('rename')) throw new Error('died')
      }
      await expect(runBatch(sink, setup, 0, attempt(epoch), [[{ n: 1 }]])).rejects.toMatchObject({ code: 'SINK_COMMIT_FAILED' })
      await expect((await openSink(setup)).fence(++epoch)).rejects.toThrow('died')
      disk.beforeStep = undefined
      const last = await openSink(setup)
      expect(await last.fence(++epoch)).toMatchObject({ last: { batchId: 0 } })
      expect([...(await visibleFiles(files, 'out')).values()]).toEqual(['{"n":1}\n'])
    }
  })
})

describe('file sink: what its log answers', () => {
  test('answers "already" for the same batch and token, and refuses another token', async () => {
    const setup = setupOf(new SimulatedDisk().files())
    const sink = await openSink(setup)
    await sink.fence(1)
    expect(await runBatch(sink, setup, 0, attempt(1), [[{ n: 1 }]])).toBe('done')
    expect(await sink.commit(output(0, attempt(1), []))).toBe('already')
    await expect(sink.commit(output(0, attempt(1), [], 'other'))).rejects.toMatchObject({
      code: 'SINK_TOKEN_MISMATCH', context: { path: 'out', batchId: 0, token: 'other', lastBatchId: 0, lastToken: 'token-0' },
    })
  })

  test('recognises its own slot when the link was reported as failed, and keeps it through a power loss', async () => {
    const disk = new SimulatedDisk()
    const real = disk.files()
    let fail = false
    const files: FileSystem = {
      ...real,
      async link(from, to) {
        await real.link(from, to)
        if (fail) throw Object.assign(new Error('EIO'), { code: 'EIO' })
      },
    }
    const setup = setupOf(files)
    const sink = await openSink(setup)
    await sink.fence(1)
    const written = await parts(setup, 0, attempt(1), [[{ n: 1 }]])
    await sink.stage(0, attempt(1), written)
    fail = true
    await expect(sink.commit(output(0, attempt(1), written))).rejects.toMatchObject({ code: 'SINK_COMMIT_FAILED', retryable: true })
    fail = false
    expect(await sink.commit(output(0, attempt(1), written))).toBe('already')
    disk.powerLoss()
    expect([...(await visibleFiles(real, 'out'))]).toEqual([['part-0000000000-00000.jsonl', '{"n":1}\n']])
    expect(await (await openSink(setup)).fence(2)).toMatchObject({ last: { batchId: 0, token: 'token-0' } })
  })

  test('still has what was staged after a power loss, and publishes it without the rows', async () => {
    const disk = new SimulatedDisk()
    const setup = setupOf(disk.files())
    const first = await openSink(setup)
    await first.fence(1)
    await first.stage(0, attempt(1), await parts(setup, 0, attempt(1), [[{ n: 7 }]]))
    disk.powerLoss()
    const second = await openSink(setup)
    expect(await second.fence(2)).toMatchObject({ last: null })
    expect(await second.hasStaged(0, attempt(1, 1))).toBe(false)
    expect(await second.hasStaged(0, attempt(1))).toBe(true)
    expect(await second.commit({ ...output(0, attempt(1), []), epoch: 2 })).toBe('done')
    expect([...(await visibleFiles(disk.files(), 'out')).values()]).toEqual(['{"n":7}\n'])
  })

  test('sweeps the staging of lower epochs only', async () => {
    const disk = new SimulatedDisk()
    const files = disk.files()
    const setup = setupOf(files)
    const sink = await openSink(setup)
    for (const epoch of [1, 2, 3]) await sink.stage(0, attempt(epoch), await parts(setup, 0, attempt(epoch), [[{ n: 1 }]]))
    await sink.sweep(3)
    expect((await files.list('out/_staging')).map(e => e.name)).toEqual(['0000000003-0000000000000000'])
  })

  test('belongs to one sink of one query', async () => {
    const files = new SimulatedDisk().files()
    await (await openSink(setupOf(files, 'q'))).fence(1)
    await expect(openSink(setupOf(files, 'other'))).rejects.toMatchObject({ code: 'SINK_OUTPUT_OWNED', context: { path: 'out', owner: 'q/output', query: 'other/output' } })
  })

  test('keeps its incarnation, and has a new one where the log was removed', async () => {
    const files = new SimulatedDisk().files()
    const first = await (await openSink(setupOf(files))).fence(1)
    const second = await (await openSink(setupOf(files))).fence(2)
    expect(second.incarnation).toBe(first.incarnation)
    await files.removeDirectory('out/_manifest')
    const third = await (await openSink(setupOf(files))).fence(1)
    expect(third).toMatchObject({ last: null })
    expect(third.incarnation).not.toBe(first.incarnation)
  })

  test('refuses a lower or equal epoch, and a commit without a fence', async () => {
    const setup = setupOf(new SimulatedDisk().files())
    const sink = await openSink(setup)
    expect(await sink.epoch()).toBe(0)
    await expect(sink.commit(output(0, attempt(1), []))).rejects.toMatchObject({ code: 'CHECKPOINT_FENCED' })
    await sink.fence(5)
    expect(await sink.epoch()).toBe(5)
    await expect((await openSink(setup)).fence(5)).rejects.toMatchObject({ code: 'CHECKPOINT_FENCED', context: { path: 'out', epoch: 5, newest: 5 } })
    await expect(sink.fence(4)).rejects.toMatchObject({ code: 'CHECKPOINT_FENCED' })
  })

  test('accepts its own epoch again, which resolves an unknown outcome, until another one is accepted', async () => {
    const setup = setupOf(new SimulatedDisk().files())
    const sink = await openSink(setup)
    const { incarnation } = await sink.fence(5)
    await sink.commit(output(0, attempt(5), []))
    expect(await sink.fence(5)).toMatchObject({ incarnation, last: { batchId: 0 } })
    await (await openSink(setup)).fence(6)
    await expect(sink.fence(5)).rejects.toMatchObject({ code: 'CHECKPOINT_FENCED', context: { newest: 6 } })
  })

  test('notices a damaged, missing or misplaced slot', async () => {
    const damage: ((files: FileSystem) => Promise<void>)[] = [
      async files => {
        const bytes = await files.readFile('out/_manifest/slot/0000000001')
        await files.remove('out/_manifest/slot/0000000001')
        bytes[5] ^= 1
        await (await files.create('out/_manifest/slot/0000000001')).write(bytes)
      },
      files => files.remove('out/_manifest/slot/0000000001'),
      files => files.rename('out/_manifest/slot/0000000000', 'out/_manifest/slot/0000000001'),
    ]
    for (const damaged of damage) {
      const files = new SimulatedDisk().files()
      const setup = setupOf(files)
      for (let epoch = 1; epoch <= 3; epoch++) await (await openSink(setup)).fence(epoch)
      await damaged(files)
      await expect(openSink(setup)).rejects.toMatchObject({ code: 'SINK_MANIFEST_CORRUPT' })
    }
  })
})
