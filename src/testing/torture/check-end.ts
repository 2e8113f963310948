import { decodeRecord, firstToken, type Prepared } from '../../checkpoint/records.ts'
import type { FileNode } from '../simulation/simulated-disk.ts'
import { evaluate, type ExpectedBatch, type ReadBatch } from './evaluate.ts'
import { firstSerial, type InputFile, type SinkRole } from './job.ts'
import { directoryAt, filesBelow } from './output-watch.ts'
import { codesIn, sinkRowText } from './row-text.ts'
import type { JobWorld } from './job-world.ts'
import { places } from './start-query.ts'

/**
 * Compares everything that is left with the oracle: each batch in each sink, watermarks, input read exactly once, and
 * nothing lying about. The input of each batch is taken from the history that ends in the last commit; what such a batch
 * must have given is the oracle's own. A query that `stopped` for a good reason may have left the sinks at different
 * batches of one history, but nothing else.
 */
export function checkEnd(state: JobWorld, stopped: boolean): string[] {
  if (stopped) return checkStopped(state)
  const token = lastCommit(state)
  if (token === undefined) return ['no batch was committed']
  const history = historyTo(token, state.prepared)
  if (typeof history === 'string') return [history]
  const problems: string[] = []
  const files = history.map(filesOf).flat()
  const missing = state.arrived.filter(f => !files.includes(f.name)).map(f => f.name)
  if (missing.length > 0) problems.push(`never read: ${missing.join(', ')}`)
  const got = contentBySink(state, history.length)
  problems.push(...got.problems, ...checkHistory(state, history, got.rows, true))
  return [...problems, ...leftovers(state)]
}

/** There must be one history with which all sinks agree. */
function checkStopped(state: JobWorld): string[] {
  const got = contentBySink(state, null)
  if (got.problems.length > 0) return got.problems
  let best: string[] | null = null
  for (const token of state.prepared.keys()) {
    const history = historyTo(token, state.prepared)
    if (typeof history === 'string') continue
    const problems = checkHistory(state, history, got.rows, false)
    if (problems.length === 0) return []
    if (best === null || problems.length < best.length) best = problems
  }
  return best ?? []
}

function checkHistory(state: JobWorld, history: readonly Prepared[], rows: Rows, whole: boolean): string[] {
  const files = history.map(filesOf)
  const twice = files.flat().filter((name, i, all) => all.indexOf(name) !== i)
  const problems = twice.length > 0 ? [`read twice: ${twice.join(', ')}`] : []
  const read = readBatches(state, files, rows)
  if (typeof read === 'string') return [...problems, read]
  problems.push(...checkModels(state, history, read))
  const { batches, unfinished } = evaluate(state.job, read)
  if (whole && unfinished) problems.push('the query ended although a batch without data would have closed groups')
  batches.forEach((expected, b) => problems.push(...checkBatch(expected, history[b], rows, whole, state.unfinished)))
  for (const [role, byBatch] of rows) for (const b of byBatch.keys()) if (b >= history.length) problems.push(`${role}: there is a batch ${b}, which the checkpoint does not know`)
  return problems
}

/** Each batch must have been scored by the model that its record names, and its files by no other. */
function checkModels({ job }: JobWorld, history: readonly Prepared[], read: readonly ReadBatch[]): string[] {
  if (!job.scored) return []
  const versions = new Map<number, string>()
  return read.flatMap(({ files }, b) =>
    files.flatMap(({ file, serial, seen }) => {
      if (!seen) return []
      const version = serial - firstSerial
      const digest = history[b].record.models.join()
      if (!versions.has(version)) versions.set(version, digest)
      return versions.get(version) === digest && version > 0 ? [] : [`${file.name} was scored with version ${version} in batch ${b}, whose record names ${digest}`]
    }),
  )
}

function lastCommit({ world }: JobWorld): string | undefined {
  const current = directoryAt(world.disk, `${places.checkpoint}/state`)?.entries.get('CURRENT') as FileNode | undefined
  const entries = current?.store?.entries
  const last = [...(entries?.keys() ?? [])].filter(k => k.startsWith('c/')).sort().at(-1)
  return last === undefined ? undefined : decodeRecord<{ token: string }>(last, entries?.get(last) as Uint8Array).token
}

/** The records from the first batch to the one with this token. */
function historyTo(last: string, prepared: JobWorld['prepared']): Prepared[] | string {
  const history: Prepared[] = []
  for (let token = last; token !== firstToken; ) {
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
function contentBySink(state: JobWorld, batches: number | null): { rows: Rows; problems: string[] } {
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
        if (batches !== null && !now.has(path)) problems.push(`${role}: "${path}" was visible once and is gone`)
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
  batches: number | null,
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
  if (batches !== null && newest !== batches - 1) problems.push(`${role}: the last batch delivered is ${newest} of ${batches}`)
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
      list.push({ file, serial: [...(serials.get(name) ?? [firstSerial])][0], seen: serials.has(name) })
    }
    batches.push({ files: list })
  }
  return batches
}

/**
 * `whole`: every sink must have the batch; otherwise only what it has must be right. Of the newest batch of a sink in
 * `unfinished` some files may be missing.
 */
function checkBatch(expected: ExpectedBatch, { record }: Prepared, rows: Rows, whole: boolean, unfinished: ReadonlySet<SinkRole>): string[] {
  const problems: string[] = []
  const { batchId } = record
  const { late, evict } = record.watermarks
  if (late !== expected.late || evict !== expected.evict) {
    problems.push(`batch ${batchId} had the watermarks ${late} and ${evict}, not ${expected.late} and ${expected.evict}`)
  }
  for (const [role, byBatch] of rows) {
    const got = byBatch.get(batchId) ?? []
    if (!whole && got.length === 0) continue
    if (!whole && unfinished.has(role) && batchId === Math.max(...byBatch.keys()) && isPartOf(got, expected.rows[role])) continue
    if (got.join('\n') !== expected.rows[role].join('\n')) {
      problems.push(`${role}: batch ${batchId} is\n      ${got.join('\n      ')}\n    and not\n      ${expected.rows[role].join('\n      ')}`)
    }
  }
  return problems
}

function isPartOf(some: readonly string[], all: readonly string[]): boolean {
  const left = [...all]
  return some.every(row => {
    const at = left.indexOf(row)
    if (at >= 0) left.splice(at, 1)
    return at >= 0
  })
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
  const kept = all(`${places.checkpoint}/spool`)
  if (kept.length > 0) problems.push(`output of committed batches is still kept: ${kept.join(', ')}`)
  const temporary = all(places.checkpoint).filter(name => name.includes('.tmp-'))
  if (temporary.length > 0) problems.push(`left over in the checkpoint: ${temporary.join(', ')}`)
  const input = all(places.input)
  if (job.cleanSource !== 'off' && input.length > 0) problems.push(`read, committed and not cleaned: ${input.join(', ')}`)
  return problems
}
