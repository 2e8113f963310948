import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { batchOfRows } from '../../src/columnar/batch-builder.ts'
import type { Schema } from '../../src/columnar/schema.ts'
import type { FileSystem } from '../../src/common/file-system.ts'
import type { Json } from '../../src/common/json.ts'
import { nodePorts } from '../../src/common/node/node-ports.ts'
import type { OutputMode } from '../../src/common/output-mode.ts'
import type { Ports } from '../../src/common/ports.ts'
import { loadSink } from '../../src/sinks/registry.ts'
import type { Attempt, ObserverSink, Sink, SinkOutput, SinkPart } from '../../src/sinks/sink.ts'

export async function tempFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

export const portsWith = (files: FileSystem): Ports => ({ ...nodePorts, files })

export type InRow = { readonly [column: string]: unknown }

export interface SinkSetup {
  readonly provider: string
  readonly options: { readonly [key: string]: Json }
  readonly schema: Schema
  readonly ports?: Ports
  readonly live?: ReadonlyMap<string, unknown>
  readonly queryId?: string
  readonly outputMode?: OutputMode
}

export async function openAny(setup: SinkSetup): Promise<Sink | ObserverSink> {
  const provider = await loadSink(setup.provider)
  return provider.open(setup.options, {
    ports: setup.ports ?? nodePorts, live: setup.live ?? new Map(), queryId: setup.queryId ?? 'q', name: 'output',
    schema: setup.schema, outputMode: setup.outputMode ?? 'append',
  })
}

export const openSink = async (setup: SinkSetup): Promise<Sink> => (await openAny(setup)) as Sink

export function attempt(epoch: number, n = 0): Attempt {
  return { epoch, random: n.toString(16).padStart(16, '0') }
}

/** Writes each list of rows as one partition, cut into record batches of `cut` rows. */
export async function parts(setup: SinkSetup, batchId: number, by: Attempt, partitions: readonly (readonly InRow[])[], cut = 1000): Promise<SinkPart[]> {
  const provider = await loadSink(setup.provider)
  const out: SinkPart[] = []
  for (const [partition, rows] of partitions.entries()) {
    const writer = await provider.writer(setup.options, setup.schema, { ports: setup.ports ?? nodePorts, batchId, attempt: by, partition, clockMs: 0 })
    for (let at = 0; at < rows.length; at += cut) await writer.write(batchOfRows(setup.schema, rows.slice(at, at + cut)))
    out.push(await writer.finish())
  }
  return out
}

export function output(batchId: number, by: Attempt, given: readonly SinkPart[], token = `token-${batchId}`): SinkOutput {
  return { batchId, attempt: by, token, epoch: by.epoch, parts: given, isReplay: false }
}

/** Stages and commits one batch, as the engine does. */
export async function runBatch(sink: Sink, setup: SinkSetup, batchId: number, by: Attempt, partitions: readonly (readonly InRow[])[], token?: string) {
  const written = await parts(setup, batchId, by, partitions)
  await sink.stage(batchId, by, written)
  return sink.commit(output(batchId, by, written, token))
}
