import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { nodePorts } from '../../src/common/node/node-ports.ts'
import type { FileSystem } from '../../src/common/file-system.ts'
import { schema, t } from '../../src/columnar/schema-builder.ts'
import { loadSink } from '../../src/sinks/registry.ts'
import type { Sink } from '../../src/sinks/sink.ts'

test('a writer whose slot file was swept away by one with a greater epoch is fenced, and not told of a missing file', async () => {
  const path = await mkdtemp(join(tmpdir(), 'millrace-slot-'))
  onTestFinished(() => rm(path, { recursive: true, force: true }))
  const provider = await loadSink('files')
  const open = async (files: FileSystem): Promise<Sink> =>
    (await provider.open({ path, format: 'jsonl' }, { ports: { ...nodePorts, files }, live: new Map(), queryId: 'q', name: 'output', schema: schema({ v: t.int32() }), outputMode: 'append' })) as Sink
  const newer = await open(nodePorts.files)
  let swept = false
  const slow: FileSystem = {
    ...nodePorts.files,
    // Between writing the slot's file and giving it its name, the other writer opens and sweeps.
    async link(from, to) {
      if (!swept) {
        swept = true
        await newer.fence(2)
        await newer.sweep(2)
      }
      await nodePorts.files.link(from, to)
    },
  }
  const older = await open(slow)
  await expect(older.fence(1)).rejects.toMatchObject({ code: 'CHECKPOINT_FENCED' })
  expect(swept).toBe(true)
})
