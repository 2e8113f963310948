import { assert } from '../common/assert.ts'
import { sha256 } from '../common/digest.ts'
import { makeError, type MillraceError } from '../common/errors.ts'
import type { ProtocolRules } from '../common/protocol-rules.ts'
import type { PreparedEntry } from '../checkpoint/checkpoint.ts'
import { firstToken, type Prepared } from '../checkpoint/records.ts'
import type { SinkName, SinkStage } from '../exec/physical-plan.ts'
import { loadSink } from '../sinks/registry.ts'
import type { Attempt, Marker, ObserverSink, Sink, SinkOutput, SinkPart } from '../sinks/sink.ts'
import { ObserverTables } from './observer-tables.ts'
import type { QueryDefinition, QueryEnvironment } from './query-definition.ts'

interface Member {
  /** Of its first stage: incarnations and markers stand under this name. */
  readonly name: SinkName
  /** One, or all of those that share the sink (rule 24). */
  readonly stages: readonly SinkStage[]
  readonly sink: Sink
  /** Answer of the last fence. */
  last: Marker | null
  incarnation: string | null
}

interface Observer {
  readonly name: SinkName
  readonly stage: SinkStage
  readonly sink: ObserverSink
}

export type PartsBySink = ReadonlyMap<SinkName, readonly SinkPart[]>

/**
 * The sinks of one query as the protocol sees them: fenced together, published in the protocol's order (rule 8: without
 * look-up first, then with look-up but not resumable, then resumable), observers told after the commit (rule 25).
 */
export class SinkSet {
  readonly #members: readonly Member[]
  readonly #observers: readonly Observer[]
  readonly #rules: ProtocolRules
  /** What observers keep in the checkpoint. */
  readonly tables: ObserverTables

  private constructor(members: readonly Member[], observers: readonly Observer[], queryId: string, rules: ProtocolRules) {
    this.tables = new ObserverTables(observers.flatMap(({ name, sink }) => (sink.table === undefined ? [] : [{ sink: name, table: sink.table }])), queryId)
    this.#rules = rules
    this.#members = members
    this.#observers = observers
  }

  static async open(definition: Pick<QueryDefinition, 'outputMode'>, stages: readonly SinkStage[], queryId: string, environment: QueryEnvironment): Promise<SinkSet> {
    const members: Member[] = []
    const observers: Observer[] = []
    try {
      for (const group of await grouped(stages)) {
        const [stage, ...others] = group
        const provider = await loadSink(stage.provider.provider)
        const sink = await provider.open(stage.provider.options, {
          ports: environment.ports,
          live: environment.live,
          queryId,
          name: stage.name,
          schema: stage.schema,
          outputMode: definition.outputMode,
          rules: environment.rules,
          others: others.map(o => ({ name: o.name, options: o.provider.options, schema: o.schema })),
        })
        if ('observe' in sink) observers.push({ name: stage.name, stage, sink })
        else members.push({ name: stage.name, stages: group, sink, last: null, incarnation: null })
      }
    } catch (error) {
      // Those that are open may hold connections; what failed first is what counts.
      for (const { sink } of members) await sink.close().catch(() => undefined)
      throw error
    }
    const rank = (m: Member): number => (!m.sink.capabilities.lookup ? 0 : m.sink.capabilities.resumable ? 2 : 1)
    members.sort((a, b) => rank(a) - rank(b))
    if (!environment.rules.publishInOrder) members.reverse()
    return new SinkSet(members, observers, queryId, environment.rules)
  }

  get hasLookup(): boolean {
    return this.#members.some(m => m.sink.capabilities.lookup)
  }

  get hasObservers(): boolean {
    return this.#observers.length > 0
  }

  /** More than one look-up sink that cannot resume: their output must be spooled (rule 23). */
  get needsSpool(): boolean {
    return this.#rules.spoolForced && this.#members.filter(m => m.sink.capabilities.lookup && !m.sink.capabilities.resumable).length > 1
  }

  async greatestEpoch(): Promise<number> {
    let greatest = 0
    for (const m of this.#members) greatest = Math.max(greatest, await m.sink.epoch())
    return greatest
  }

  /** Rules 11 and 12: each sink accepts only a greater epoch, and answers its last batch at that moment. */
  async fence(epoch: number): Promise<void> {
    for (const m of this.#members) {
      const answer = await m.sink.fence(epoch)
      m.last = answer.last
      m.incarnation = answer.incarnation
    }
  }

  /** Incarnations by sink, for the batch record (rule 13). */
  get incarnations(): { readonly [sink: string]: string | null } {
    return Object.fromEntries(this.#members.filter(m => m.sink.capabilities.lookup).map(m => [m.name, m.incarnation]))
  }

  /**
   * Compares what each look-up sink holds with the checkpoint (rules 13 and 14).
   * @throws CheckpointError SINK_MARKER_LOST, SINK_LOST_COMMITS, CHECKPOINT_OLDER_THAN_SINK, CHECKPOINT_HISTORY_DIVERGED, CHECKPOINT_SPLIT
   */
  compare(committed: PreparedEntry | null, candidates: readonly PreparedEntry[]): void {
    if (!this.#rules.comparedWithoutDoubt && candidates.length === 0) return
    const c = committed?.prepared.record.batchId ?? -1
    const known = candidates.at(-1)?.prepared.incarnations ?? committed?.prepared.incarnations ?? {}
    const ahead = new Set<string>()
    for (const m of this.#members) {
      if (c >= 0) m.sink.resume?.(c)
      if (!m.sink.capabilities.lookup) continue
      if (this.#rules.absentMarkerIsLoss && m.name in known && known[m.name] !== m.incarnation) throw markerLost(m.sink.description)
      const { last } = m
      if (!(m.name in known)) {
        // New to the checkpoint, so that it cannot be ahead of it.
        if (last !== null && last.batchId > c && this.#rules.tokensCompared) throw olderThanSink(m.sink.description, last.batchId, c)
        continue
      }
      if (last === null && !this.#rules.absentMarkerIsLoss) continue
      if ((last?.batchId ?? -1) < c) throw lostCommits(m.sink.description, last?.batchId ?? -1, c)
      if (last === null) continue
      if (last.batchId > c + 1) throw olderThanSink(m.sink.description, last.batchId, c)
      if (!this.#rules.tokensCompared) continue
      if (last.batchId === c && last.token !== committed?.prepared.token) throw diverged(m.sink.description, c)
      if (last.batchId === c + 1) {
        if (!candidates.some(p => p.prepared.token === last.token)) throw olderThanSink(m.sink.description, last.batchId, c)
        ahead.add(last.token)
      }
    }
    if (ahead.size > 1) throw split(c + 1)
  }

  /** The token that look-up sinks hold for batch b, and whether all of them do. */
  held(batchId: number): { readonly token: string | null; readonly all: boolean } {
    const lookup = this.#members.filter(m => m.sink.capabilities.lookup)
    if (!this.#rules.lookUpDecides) return { token: null, all: false }
    const holding = lookup.filter(m => m.last?.batchId === batchId)
    return { token: holding[0]?.last?.token ?? null, all: lookup.length > 0 && holding.length === lookup.length }
  }

  /** The newest batch that some look-up sink had when it was fenced. */
  get lastHeld(): Marker | null {
    return this.#members.map(m => m.last).reduce((a, b) => ((b?.batchId ?? -1) > (a?.batchId ?? -1) ? b : a), null)
  }

  /** Digest over all parts, in the order of the sink set and of the partitions. */
  outputDigest(parts: PartsBySink): string {
    const lines: string[] = []
    const names = [...this.#members.flatMap(m => m.stages.map(s => s.name)), ...this.#observers.map(o => o.name)].sort()
    for (const name of names) {
      for (const p of parts.get(name) ?? []) lines.push(`${name} ${p.partition} ${p.rows} ${p.digest}`)
    }
    return lines.length === 0 ? firstToken : sha256(lines.join('\n'))
  }

  async stage(batchId: number, attempt: Attempt, parts: PartsBySink): Promise<void> {
    for (const m of this.#members) await m.sink.stage(batchId, attempt, partsOf(m, parts))
  }

  /**
   * Publishes in order, to those that do not have the batch yet; an unknown outcome is resolved by fencing again and
   * looking up. A token in a look-up sink proves that the sinks without look-up, which come first, have had the batch.
   */
  async publish(output: Omit<SinkOutput, 'parts'>, parts: PartsBySink, afterFirst?: () => Promise<void>): Promise<void> {
    const begun = this.held(output.batchId).token === output.token
    for (const m of this.#members) {
      const has = m.sink.capabilities.lookup ? m.last?.batchId === output.batchId && m.last.token === output.token : begun
      if (has) continue
      const own: SinkOutput = { ...output, parts: partsOf(m, parts) }
      const outcome = await m.sink.commit(own)
      if (outcome === 'unknown' && this.#rules.unknownIsNotSuccess) await this.#resolveUnknown(m, own)
      m.last = { batchId: output.batchId, token: output.token }
      await afterFirst?.()
    }
  }

  async #resolveUnknown(m: Member, output: SinkOutput): Promise<void> {
    for (let attempt = 0; attempt < 3; attempt++) {
      const { last } = this.#rules.unknownIsNotFailure ? await m.sink.fence(output.epoch) : { last: null }
      if (last?.batchId === output.batchId && last.token === output.token) return
      if ((await m.sink.commit(output)) !== 'unknown') return
    }
    throw makeError('SINK_COMMIT_FAILED', `Sink ${m.sink.description} did not say whether batch ${output.batchId} was committed, three times. Start the query again once the sink answers.`, {
      context: { sink: m.sink.description, batchId: output.batchId },
    })
  }

  /**
   * Whether the staged output of an attempt that some sink holds is still there in every other one; those without
   * look-up have had it.
   */
  async canResume(prepared: Prepared): Promise<boolean> {
    const { batchId } = prepared.record
    for (const m of this.#members) {
      if (!m.sink.capabilities.lookup || m.last?.batchId === batchId || m.stages.every(s => (prepared.outputRows[s.name] ?? 0) === 0)) continue
      if (!m.sink.capabilities.resumable || !(await m.sink.hasStaged(batchId, prepared.attempt))) return false
    }
    return true
  }

  async observe(output: Omit<SinkOutput, 'parts'> & { readonly watermarkMs: number | null }, parts: PartsBySink): Promise<void> {
    for (const o of this.#observers) await o.sink.observe({ ...output, parts: parts.get(o.name) ?? [], schema: o.stage.schema })
  }

  async sweep(belowEpoch: number): Promise<void> {
    for (const m of this.#members) await m.sink.sweep(belowEpoch)
  }

  /** Rule 16: whether some sink has accepted a greater epoch in the meantime. */
  async overtaken(epoch: number): Promise<boolean> {
    for (const m of this.#members) if (m.sink.capabilities.lookup && (await m.sink.epoch()) > epoch) return true
    return false
  }

  /** Of the sink that has the query's output, wherever it comes in the order. */
  describe(): string {
    const output = this.#members.find(m => m.stages.some(s => s.name === 'output')) ?? this.#observers.find(o => o.name === 'output')
    assert(output !== undefined, 'A query has an output sink.')
    return output.sink.description
  }

  async close(): Promise<void> {
    for (const m of this.#members) await m.sink.close()
    for (const o of this.#observers) await o.sink.close()
  }
}

/** Stages that share a sink come together, at the place of the first of them. */
async function grouped(stages: readonly SinkStage[]): Promise<readonly (readonly SinkStage[])[]> {
  const groups = new Map<string, SinkStage[]>()
  for (const stage of stages) {
    const { provider, options } = stage.provider
    const shared = (await loadSink(provider)).shared?.(options)
    const key = shared === undefined ? stage.name : `${provider} ${shared}`
    groups.set(key, [...(groups.get(key) ?? []), stage])
  }
  return [...groups.values()]
}

function partsOf(member: Member, parts: PartsBySink): readonly SinkPart[] {
  return member.stages.flatMap(s => parts.get(s.name) ?? [])
}

function markerLost(sink: string): MillraceError {
  return makeError('SINK_MARKER_LOST', `Sink ${sink} has lost its record of what it holds (it was emptied, or replaced by another). Going on could lose or repeat rows. Restore the sink, or start on a new checkpointLocation.`, { context: { sink } })
}

function lostCommits(sink: string, last: number, c: number): MillraceError {
  return makeError('SINK_LOST_COMMITS', `Sink ${sink} holds batches up to ${last}, but the query has committed batch ${c}: the sink was restored to an older state, or another sink stood in its place for a while. Restore the sink to a later state, or start on a new checkpointLocation.`, { context: { sink, last, committed: c } })
}

function olderThanSink(sink: string, last: number, c: number): MillraceError {
  return makeError('CHECKPOINT_OLDER_THAN_SINK', `Sink ${sink} already holds batch ${last}, but this checkpoint ends at batch ${c}: it is an old copy. Use the newest checkpoint, or a new sink with a new checkpointLocation.`, { context: { sink, last, committed: c } })
}

function diverged(sink: string, c: number): MillraceError {
  return makeError('CHECKPOINT_HISTORY_DIVERGED', `Sink ${sink} holds another batch ${c} than this checkpoint: two copies of the checkpoint went on separately. Keep the one that the sink follows, or start on a new checkpointLocation with a new sink.`, { context: { sink, committed: c } })
}

function split(b: number): MillraceError {
  return makeError('CHECKPOINT_SPLIT', `The sinks hold different versions of batch ${b}. Restore them to one state, or start on a new checkpointLocation.`, { context: { batchId: b } })
}
