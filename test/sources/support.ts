import { mkdtemp, mkdir, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { Schema } from '../../src/columnar/schema.ts'
import { rowsOf, type Row } from '../../src/columnar/values.ts'
import type { Json } from '../../src/common/json.ts'
import { nodePorts } from '../../src/common/node/node-ports.ts'
import type { Ports } from '../../src/common/ports.ts'
import type { BadRecord, OnBadRecord } from '../../src/formats/format.ts'
import { loadSource } from '../../src/sources/registry.ts'
import type { InputPartition, Source, SourceOffset } from '../../src/sources/source.ts'

export async function tempFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

let tick = 0

/** Writes a file; each one is a second younger than the one before, unless told otherwise. */
export async function put(path: string, text: string | Uint8Array, mtime?: Date): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, text)
  const at = mtime ?? new Date(Date.UTC(2024, 0, 1) + ++tick * 1000)
  await utimes(path, at, at)
}

export const lines = (...rows: readonly object[]): string => rows.map(r => `${JSON.stringify(r)}\n`).join('')

export interface OpenedSource {
  readonly source: Source
  readonly remembered: Map<string, Json>
  /** Runs one batch from `start` and answers its rows, or undefined when there is nothing new. */
  batch(start: SourceOffset | null): Promise<{ readonly end: SourceOffset; readonly rows: Row[]; readonly partitions: readonly InputPartition[] } | undefined>
  read(partitions: readonly InputPartition[], wanted?: Schema): Promise<Row[]>
  readonly bad: BadRecord[]
}

export interface OpenOptions {
  readonly live?: ReadonlyMap<string, unknown>
  readonly remembered?: ReadonlyMap<string, Json>
  readonly ports?: Ports
  readonly directory?: string
  readonly onBadRecord?: OnBadRecord
}

/** Drives a source as the engine does: restore, latestOffset, plan, remember, read. */
export async function openSource(provider: string, options: { readonly [key: string]: Json }, schema: Schema, open: OpenOptions = {}): Promise<OpenedSource> {
  const loaded = await loadSource(provider)
  const ports = open.ports ?? nodePorts
  const source = await loaded.open(options, schema, { ports, live: open.live ?? new Map(), directory: open.directory })
  const remembered = new Map(open.remembered ?? [])
  await source.restore(remembered)
  const reader = await loaded.reader(options, schema)
  const bad: BadRecord[] = []
  const read = async (partitions: readonly InputPartition[], wanted = schema): Promise<Row[]> => {
    const rows: Row[] = []
    for (const partition of partitions) {
      const data = (await source.data?.(partition)) ?? []
      const context = { ports, signal: new AbortController().signal, onBadRecord: open.onBadRecord ?? 'fail', bad: (r: BadRecord) => bad.push(r), data }
      for await (const batch of reader.read(partition, wanted, context)) rows.push(...rowsOf(batch))
    }
    return rows
  }
  return {
    source, remembered, read, bad,
    async batch(start) {
      const end = await source.latestOffset(start, 'limited')
      if (end === null || JSON.stringify(end) === JSON.stringify(start)) return undefined
      const { partitions, remember } = await source.plan(start, end)
      for (const [key, value] of remember?.put ?? []) remembered.set(key, value)
      for (const key of remember?.remove ?? []) remembered.delete(key)
      return { end, rows: await read(partitions), partitions }
    },
  }
}

/** Runs batches until there is nothing new; answers the rows of each. */
export async function drain(opened: OpenedSource, start: SourceOffset | null): Promise<{ readonly end: SourceOffset | null; readonly batches: Row[][] }> {
  const batches: Row[][] = []
  let end = start
  for (;;) {
    const batch = await opened.batch(end)
    if (batch === undefined) return { end, batches }
    end = batch.end
    batches.push(batch.rows)
  }
}
