import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { assert } from '../../../common/assert.ts'
import { nodeFileSystem } from '../../../common/node/node-file-system.ts'
import { type DataType, field, float64Type, stringType, vectorType } from '../../../columnar/data-type.ts'
import { makeSchema } from '../../../columnar/schema.ts'
import type { TypedSchema } from '../../../columnar/schema-builder.ts'
import type { ModelInput } from '../../../ml/model.ts'
import { readArtefact } from '../../../ml/registry.ts'
import { memory } from '../../../session/connectors/memory.ts'
import { noop } from '../../../session/connectors/sinks.ts'
import { loadModel } from '../../../session/loaded-model.ts'
import { ModelRegistry } from '../../../session/model-registry.ts'
import { Session } from '../../../session/session.ts'
import { MemorySource } from '../../../sources/memory/memory-source.ts'
import { variantOf } from './model-variant.ts'

export interface LeakOptions {
  /** A model, a file or a folder. */
  readonly path: string
  readonly swaps: number
  readonly batches: number
}

/** What was held after each swap, once everything that could be freed was. */
export interface LeakReport {
  readonly batches: number
  readonly swaps: number
  /** Tensors of TensorFlow.js; null for other models. */
  readonly tensors: readonly (number | null)[]
  /** JavaScript's heap with the memory that it refers to, in bytes. */
  readonly heapBytes: readonly number[]
  /** All of the process. */
  readonly residentBytes: readonly number[]
}

const rowsPerBatch = 20
/** A swap is not seen at once: the new version is loaded while batches go on. */
const patience = 10_000

/** A query scores batch after batch, and its alias moves between two versions of a model. Needs a process with --expose-gc. */
export async function runLeaks({ path, swaps, batches }: LeakOptions): Promise<LeakReport> {
  const collect = (globalThis as { gc?: () => void }).gc
  assert(collect !== undefined, 'The process was started with --expose-gc.')
  const work = await mkdtemp(join(tmpdir(), 'millrace-leaks-'))
  const session = await Session.start()
  const report = { batches: 0, swaps: 0, tensors: [] as (number | null)[], heapBytes: [] as number[], residentBytes: [] as number[] }
  try {
    const registry = await registryOf(work, path)
    const model = await registry.load('m@champion')
    const columns = makeSchema(model.signature.inputs.map(input => field(input.name, typeOf(input)))) as TypedSchema<{ [name: string]: unknown }>
    const row = Object.fromEntries(model.signature.inputs.map(input => [input.name, valueOf(input)]))
    const rows = new Array<typeof row>(rowsPerBatch).fill(row)
    const source = new MemorySource(columns)
    const query = await session.readStream(memory(source)).score(model, { output: { p: 'prediction' }, provenance: { version: 'version' } }).writeStream({ sink: noop(), checkpointLocation: join(work, 'checkpoint') }).start()
    const feed = async (): Promise<void> => {
      source.addData(rows)
      await query.processAllAvailable()
      source.release(Math.max(0, source.offset - 2))
      report.batches++
    }
    for (let swap = 1; swap <= swaps; swap++) {
      while (report.batches < (swap * batches) / swaps) await feed()
      const target = 1 + (swap % 2)
      await registry.setAlias('m', 'champion', target)
      for (let tries = 0; query.models.status()[0].version !== String(target); tries++) {
        assert(tries < patience, 'A new version takes over.', { target, status: JSON.stringify(query.models.status()) })
        await feed()
        await new Promise(resolve => setImmediate(resolve))
      }
      report.swaps++
      // The batch after a swap lets go what is no longer needed.
      await feed()
      await feed()
      collect()
      const { heapUsed, external, rss } = process.memoryUsage()
      report.tensors.push(query.lastProgress?.modelMetrics[0]?.numTensors ?? null)
      report.heapBytes.push(heapUsed + external)
      report.residentBytes.push(rss)
    }
    await query.stop()
  } finally {
    await session.stop()
    await rm(work, { recursive: true, force: true })
  }
  return report
}

async function registryOf(work: string, path: string): Promise<ModelRegistry> {
  const artefact = await readArtefact(nodeFileSystem, path)
  const registry = await ModelRegistry.open(join(work, 'registry'))
  for (const version of [1, 2]) {
    const folder = join(work, `v${version}`)
    for (const file of variantOf(artefact, version).files) {
      await mkdir(dirname(join(folder, file.path)), { recursive: true })
      await writeFile(join(folder, file.path), file.bytes)
    }
    const of = artefact.files.length === 1 ? join(folder, artefact.files[0].path) : folder
    await loadModel(of)
    await registry.register('m', of)
  }
  await registry.setAlias('m', 'champion', 1)
  return registry
}

function typeOf(input: ModelInput): DataType {
  if (input.kind === 'category') return stringType
  const size = sizeOf(input)
  return size === 1 && input.kind !== 'vector' ? float64Type : vectorType(size)
}

function valueOf(input: ModelInput): unknown {
  if (input.kind === 'category') return input.categories?.[0] ?? null
  const size = sizeOf(input)
  return size === 1 && input.kind !== 'vector' ? 1 : new Float64Array(size).fill(0.5)
}

/** Values of a row. */
function sizeOf({ size, shape }: ModelInput): number {
  return size ?? shape?.reduce<number>((n, d) => n * (d ?? 1), 1) ?? 1
}
