import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { count, files, MemorySink, memorySink, noop, schema, Session, type SinkConnector, t, Trigger, window, type WindowValue } from 'millrace'
import { expect, test } from 'vitest'
import type { StoreProvider } from '../../src/checkpoint/key-value-store.ts'
import { LevelStoreProvider } from '../../src/checkpoint/level-store.ts'
import { nodePorts } from '../../src/common/node/node-ports.ts'
import { temporaryFolder } from '../streaming/support.ts'

const event = schema({ at: t.timestamp(), user: t.string() })

/** Writes of the checkpoint's stores: the first letters of the keys, and whether they were synced. */
function recordingStore(): { readonly store: StoreProvider; readonly writes: { readonly keys: string; readonly sync: boolean }[] } {
  const writes: { keys: string; sync: boolean }[] = []
  const levels = new LevelStoreProvider(nodePorts)
  const store: StoreProvider = {
    async open(directory) {
      const opened = await levels.open(directory)
      return {
        get: key => opened.get(key),
        range: (from, to) => opened.range(from, to),
        keys: (from, to) => opened.keys(from, to),
        close: () => opened.close(),
        write(changes, options) {
          writes.push({ keys: [...new Set(changes.map(c => c.key.split('/')[0]))].join(' '), sync: options.sync })
          return opened.write(changes, options)
        },
      }
    },
  }
  return { store, writes }
}

type Counted = { window: WindowValue; user: string; n: number }

/** Writes of a run over five files, one a batch, of a windowed count. */
async function writesOf(sink: (folder: string) => SinkConnector<Counted>): Promise<{ keys: string; sync: boolean }[]> {
  const folder = await temporaryFolder()
  await mkdir(join(folder, 'in'))
  for (let f = 0; f < 5; f++) await writeFile(join(folder, 'in', `${f}.jsonl`), `{"at":"2024-01-01T00:0${f}:00Z","user":"ann"}\n`)
  const { store, writes } = recordingStore()
  const session = await Session.start({}, { store })
  try {
    const query = await session
      .readStream(files({ path: join(folder, 'in'), format: 'jsonl', schema: event, maxFilesPerTrigger: 1 }))
      .withWatermark('at', '1 hour')
      .groupBy(window('at', '1 minute'), 'user')
      .agg(() => ({ n: count() }))
      .writeStream({ sink: sink(folder), checkpointLocation: join(folder, 'checkpoint'), trigger: Trigger.availableNow() })
      .start()
    await query.awaitTermination()
    expect(query.recentProgress.filter(p => p.numInputRows > 0)).toHaveLength(5)
    return writes.slice()
  } finally {
    await session.stop()
  }
}

test('a batch into files is one synced write: record, state and what the source remembers together; the mark follows unsynced', async () => {
  const writes = await writesOf(folder => files({ path: join(folder, 'out'), format: 'jsonl' }))
  const [epoch, ...rest] = writes
  expect(epoch).toEqual({ keys: 'meta query epoch', sync: true })
  expect(rest.at(-1)).toEqual({ keys: 'epoch', sync: true })
  const batches = rest.slice(0, -1)
  expect(batches.length % 2).toBe(0)
  for (let i = 0; i < batches.length; i += 2) {
    expect(batches[i]).toMatchObject({ sync: true, keys: i < 10 ? 'p d r' : expect.stringMatching(/^p/) as string })
    expect(batches[i + 1]).toEqual({ keys: 'c', sync: false })
  }
})

test('without a sink that can be asked, the mark is synced too', async () => {
  for (const sink of [() => noop(), () => memorySink(new MemorySink<Counted>())]) {
    const writes = await writesOf(sink)
    expect(writes.filter(w => w.keys === 'c').every(w => w.sync)).toBe(true)
  }
})
