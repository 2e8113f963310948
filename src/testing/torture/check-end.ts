import { decodeRecord, firstToken, type Prepared } from '../../checkpoint/records.ts'
import type { FileNode } from '../simulation/simulated-disk.ts'
import { evaluate, type ExpectedBatch, type ReadBatch } from './evaluate.ts'
import { firstSerial, type InputFile, type SinkRole } from './job.ts'
import { directoryAt, filesBelow } from './output-watch.ts'
import { codesIn, sinkRowText } from './row-text.ts'
import type { JobWorld } from './run-job.ts'
import { places } from './start-query.ts'

/**
 * Compares everything that is left with the oracle: each batch in each sink, watermarks, input read exactly once, and
 * nothing lying about. The input of each batch is taken from the history that ends in the last commit; what such a batch
 * must have given is the oracle's own.
 */
export async function checkEnd(state: JobWorld): Promise<string[]> {
  const { job } = state
  const history = committedHistory(state)
  if (typeof history === 'string') return [history]
  const problems: string[] = []
  const files = history.map(filesOf)
  const missing = state.arrived.filter(f => !files.flat().includes(f.name)).map(f => f.name)
  if (missing.length > 0) problems.push(`never read: ${missing.join(', ')}`)
  const twice = files.flat().filter((name, i, all) => all.indexOf(name) !== i)
  if (twice.length > 0) problems.push(`read twice: ${twice.join(', ')}`)
  const got = contentBySink(state, history.length)
  problems.push(...got.problems)
  const read = readBatches(state, files, got.rows)
  if (typeof read === 'string') return [...problems, read]
  const { batches, unfinished } = evaluate(job, read)
  if (unfinished) problems.push('the query ended although a batch without data would have closed groups')
  batches.forEach((expected, b) => problems.push(...checkBatch(expected, history[b], got.rows, b)))
  return [...problems, ...leftovers(state)]
}

/** The records of all batches from the first to the last committed one. */
function committedHistory({ world, prepared }: JobWorld): Prepared[] | string {
  const current = directoryAt(world.disk, `${places.checkpoint}/state`)?.entries.get('CURRENT') as FileNode | undefined
  const entries = current?.store?.entries
  if (entries === undefined) return 'there is no checkpoint'
  const last = [...entries.keys()].filter(k => k.startsWith('c/')).sort().at(-1)
  if (last === undefined) return 'no batch was committed'
  const history: Prepared[] = []
  let token = decodeRecord<{ token: string }>(last, entries.get(last) as Uint8Array).token
  while (token !== firstToken) {
    const record = prepared.get(token)
    if (record === undefined) return `no batch was ever prepared with token ${token}`
    history.unshift(record)
    token = record.record.previousToken
  }
  const ids = history.map(h => h.record.batchId)
  return ids.every((id, i) => id === i) ? history : `the history has the batches ${ids.join(', ')}`
}

function filesOf(prepared: Prepared): string[] {
  return Object.values(prepared.record.sources).flatMap(range => range.partitions.map(p => p.label))
}

type Rows = ReadonlyMap<SinkRole, ReadonlyMap<number, readonly string[]>>

/** What each sink holds of each batch, as sorted texts. */
function contentBySink(state: JobWorld, batches: number): { rows: Rows; problems: string[] } {
  const { job, watches, tables, deliveries } = state
  const rows = new Map<SinkRole, Map<number, string[]>>()
  const problems: string[] = []
  for (const { role, partitioned } of job.sinks) {
    const byBatch = new Map<number, string[]>()
    rows.set(role, byBatch)
    const text = (row: object): string => sinkRowText(role, job.shape, row as { readonly [column: string]: unknown })
    const watch = watches.get(role)
    if (watch !== undefined) {
      const now = watch.paths()
      for (const [path, content] of watch.seen) {
        if (!now.has(path)) problems.push(`${role}: "${path}" was visible once and is gone`)
        const batch = Number(/part-(\d+)-/.exec(path)?.[1])
        const key = /key=([^/]*)\//.exec(path)?.[1]
        const lines = content.split('\n').slice(0, -1).map(l => ({ ...(partitioned ? { key } : {}), ...(JSON.parse(l) as object) }))
        byBatch.set(batch, [...(byBatch.get(batch) ?? []), ...lines.map(text)].sort())
      }
    }
    for (const { batchId, rows: list } of tables.get(role)?.commits ?? []) {
      if (byBatch.has(batchId)) problems.push(`${role}: the table has batch ${batchId} twice`)
      byBatch.set(batchId, list.map(text).sort())
    }
    const delivered = deliveries.get(role)
    if (delivered !== undefined) problems.push(...checkDeliveries(delivered.list, job.nondeterministic, role, batches, row => text(row), byBatch))
  }
  return { rows, problems }
}

/** At least once, in order, only the newest batch again, and then with the same rows unless user code cannot repeat them. */
function checkDeliveries(
  list: readonly { readonly batchId: number; readonly rows: readonly object[]; readonly isReplay: boolean }[],
  nondeterministic: boolean,
  role: SinkRole,
  batches: number,
  text: (row: object) => string,
  byBatch: Map<number, string[]>,
): string[] {
  const problems: string[] = []
  let newest = -1
  for (const { batchId, rows, isReplay } of list) {
    if (batchId !== newest && batchId !== newest + 1) problems.push(`${role}: batch ${batchId} was delivered after batch ${newest}`)
    const texts = rows.map(text).sort()
    const before = byBatch.get(batchId)
    if (before !== undefined && !isReplay) problems.push(`${role}: batch ${batchId} was delivered again as if it were new`)
    if (before !== undefined && !nondeterministic && before.join('\n') !== texts.join('\n')) problems.push(`${role}: batch ${batchId} was delivered again with other rows`)
    byBatch.set(batchId, texts)
    newest = batchId
  }
  if (newest !== batches - 1) problems.push(`${role}: the last batch delivered is ${newest} of ${batches}`)
  return problems
}

/** Which reading of each file counts: the one that shows in any output; all outputs and the state must agree on it. */
function readBatches(state: JobWorld, files: readonly (readonly string[])[], rows: Rows): ReadBatch[] | string {
  const byName = new Map(state.arrived.map(f => [f.name, f]))
  const byId = new Map<number, InputFile>()
  for (const file of state.arrived) for (const row of file.rows) byId.set(row.id, file)
  const serials = new Map<string, Set<number>>()
  for (const byBatch of rows.values()) {
    for (const code of [...byBatch.values()].flat().flatMap(codesIn)) {
      const name = byId.get(code % 1000)?.name ?? ''
      serials.set(name, (serials.get(name) ?? new Set()).add(Math.floor(code / 1000)))
    }
  }
  for (const [name, found] of serials) if (found.size > 1) return `several readings of ${name} show in the outputs: ${[...found].join(', ')}`
  const batches: ReadBatch[] = []
  for (const names of files) {
    const list: ReadBatch['files'][number][] = []
    for (const name of names) {
      const file = byName.get(name)
      if (file === undefined) return `a batch has read ${name}, which was never there`
      list.push({ file, serial: [...(serials.get(name) ?? [firstSerial])][0] })
    }
    batches.push({ files: list })
  }
  return batches
}

function checkBatch(expected: ExpectedBatch, { record }: Prepared, rows: Rows, batchId: number): string[] {
  const problems: string[] = []
  const { late, evict } = record.watermarks
  if (late !== expected.late || evict !== expected.evict) {
    problems.push(`batch ${batchId} had the watermarks ${late} and ${evict}, not ${expected.late} and ${expected.evict}`)
  }
  for (const [role, byBatch] of rows) {
    const got = byBatch.get(batchId) ?? []
    if (got.join('\n') !== expected.rows[role].join('\n')) {
      problems.push(`${role}: batch ${batchId} is\n      ${got.join('\n      ')}\n    and not\n      ${expected.rows[role].join('\n      ')}`)
    }
  }
  return problems
}

/** After a clean end nothing waits in staging, and no file is half written. */
function leftovers({ job, world }: JobWorld): string[] {
  const problems: string[] = []
  const all = (path: string): string[] => {
    const directory = directoryAt(world.disk, path)
    return directory === undefined ? [] : [...filesBelow(directory, '', false)].map(([name]) => name)
  }
  for (const { role } of job.sinks) {
    const left = all(places.sink(role)).filter(name => name.startsWith('_staging/') || name.includes('.tmp-'))
    if (left.length > 0) problems.push(`${role}: left over ${left.join(', ')}`)
  }
  const temporary = all(places.checkpoint).filter(name => name.includes('.tmp-'))
  if (temporary.length > 0) problems.push(`left over in the checkpoint: ${temporary.join(', ')}`)
  const input = all(places.input)
  if (job.cleanSource !== 'off' && input.length > 0) problems.push(`read, committed and not cleaned: ${input.join(', ')}`)
  return problems
}
