import { crc32c } from '../../../src/common/crc32c.ts'
import { makeError } from '../../../src/common/errors.ts'
import type { FetchedPartition, KafkaPort, NewTopic, ProduceBatch, TopicPartition, TransactionalProducer } from '../../../src/clients/kafka/port.ts'
import { batchLength, readBatchHeader } from '../../../src/clients/kafka/records/batch-header.ts'
import { batchLayout, controlBit } from '../../../src/clients/kafka/records/batch-layout.ts'
import { putInt32, putInt64 } from '../../../src/clients/kafka/records/big-endian.ts'
import { RecordEncoder } from '../../../src/clients/kafka/records/record-encoder.ts'
import { stampBatches } from '../../../src/clients/kafka/records/stamp-batches.ts'

export type StepName = 'topics' | 'createTopic' | 'offsets' | 'fetch' | 'init' | 'send' | 'commit' | 'abort'

/**
 * What becomes of a call. `die before`, `die after`: the process ends there, without or with the effect. `lost`: it takes
 * effect and nobody hears; `never`: it does not; `late`: it does so later, if the broker still lets it.
 */
export type Fate = 'ok' | 'die before' | 'die after' | 'lost' | 'never' | 'late'

export class Died extends Error {}

interface Partition {
  readonly batches: Uint8Array[]
  end: number
  /** First offset of what is open, by producer id. */
  readonly open: Map<number, number>
  readonly aborted: { readonly producerId: number; readonly firstOffset: number; readonly lastOffset: number }[]
  readonly sequences: Map<string, number>
}

interface Owner {
  readonly producerId: number
  epoch: number
  readonly touched: Set<Partition>
}

export interface Life {
  /** Calls so far. */
  index: number
  dead: boolean
}

/** A Kafka cluster in memory, as far as the sink needs one: logs, transactions, fencing by producer epoch. */
export class FakeCluster {
  readonly #topics = new Map<string, Partition[]>()
  readonly #owners = new Map<string, Owner>()
  readonly #late: (() => void)[] = []
  #nextProducer = 1000

  create({ topic, partitions }: NewTopic): boolean {
    if (this.#topics.has(topic)) return false
    this.#topics.set(topic, Array.from({ length: partitions }, () => ({ batches: [], end: 0, open: new Map(), aborted: [], sequences: new Map() })))
    return true
  }

  remove(topic: string): void {
    this.#topics.delete(topic)
  }

  has(topic: string): boolean {
    return this.#topics.has(topic)
  }

  /** Aborts what has been open for too long, as the broker does by itself; the producer is displaced. */
  expireTransactions(): void {
    for (const owner of this.#owners.values()) {
      if (owner.touched.size === 0) continue
      this.#end(owner, false)
      owner.epoch++
    }
  }

  /** A client of one process. `fate` is asked before each call. Clients with the same life die together. */
  client(fate: (step: StepName, index: number) => Fate = () => 'ok', life: Life = { index: 0, dead: false }): KafkaPort {
    const step = async <T>(name: StepName, act: () => T): Promise<T> => {
      await Promise.resolve()
      if (life.dead) throw new Died('The process is dead.')
      if (this.#late.length > 0 && life.index % 2 === 1) this.#late.shift()?.()
      const chosen = fate(name, life.index++)
      switch (chosen) {
        case 'ok':
          return act()
        case 'die before':
          life.dead = true
          throw new Died(`before ${name}`)
        case 'die after':
          act()
          life.dead = true
          throw new Died(`after ${name}`)
        case 'lost':
          act()
          throw unknown(name)
        case 'late':
          this.#late.push(() => {
            try {
              act()
            } catch {
              // It came too late.
            }
          })
          throw unknown(name)
        case 'never':
          throw unknown(name)
      }
    }
    return {
      topics: names => step('topics', () => [...this.#topics].filter(([topic]) => names === undefined || names.includes(topic)).map(([topic, partitions]) => ({
        topic, topicId: '0'.repeat(32), partitions: partitions.map((_, partition) => ({ partition, leader: 1, leaderEpoch: 0, replicas: 1, inSync: 1 })),
      }))),
      offsets: (wanted, at) => step('offsets', () => wanted.map(w => {
        const p = this.#partition(w)
        return { ...w, leaderEpoch: 0, offset: at === 'earliest' ? 0n : BigInt(at === 'lastStable' ? stable(p) : p.end) }
      })),
      fetchRecords: (wanted, { isolation }) => step('fetch', () => wanted.map((w): FetchedPartition => {
        const p = this.#partition(w)
        const limit = isolation === 'read_committed' ? stable(p) : p.end
        const batches = p.batches.filter(b => lastOffset(b) >= Number(w.offset) && lastOffset(b) < limit)
        return {
          topic: w.topic, partition: w.partition, records: joined(batches), highWatermark: BigInt(p.end), lastStableOffset: BigInt(stable(p)), logStart: 0n,
          aborted: isolation === 'read_committed' ? p.aborted.filter(a => a.lastOffset >= Number(w.offset)).map(a => ({ producerId: BigInt(a.producerId), firstOffset: BigInt(a.firstOffset) })) : [],
        }
      })),
      transactional: transactionalId => step('init', () => this.#initialise(transactionalId, step)),
      idempotent: () => step('init', () => {
        const producerId = this.#nextProducer++
        return { send: batches => step('send', () => this.#append(batches, producerId, 0, false)) }
      }),
      commitGroupOffsets: async () => {},
      createTopic: topic => step('createTopic', () => this.create(topic)),
      close: async () => {},
    }
  }

  #initialise(transactionalId: string, step: <T>(name: StepName, act: () => T) => Promise<T>): TransactionalProducer {
    let owner = this.#owners.get(transactionalId)
    if (owner === undefined) this.#owners.set(transactionalId, (owner = { producerId: this.#nextProducer++, epoch: -1, touched: new Set() }))
    else if (owner.touched.size > 0) this.#end(owner, false)
    const mine = owner
    const epoch = ++mine.epoch
    const check = (): void => {
      if (mine.epoch !== epoch) throw makeError('KAFKA_PRODUCER_FENCED', 'A newer producer has the id.')
    }
    return {
      begin: () => {},
      send: batches => step('send', () => {
        check()
        for (const partition of this.#append(batches, mine.producerId, epoch, true)) mine.touched.add(partition)
      }),
      commit: () => step('commit', () => {
        check()
        this.#end(mine, true)
      }),
      abort: () => step('abort', () => {
        check()
        this.#end(mine, false)
      }),
    }
  }

  #append(batches: readonly ProduceBatch[], producerId: number, epoch: number, transactional: boolean): Partition[] {
    const touched: Partition[] = []
    for (const { topic, partition, records } of batches) {
      const p = this.#partition({ topic, partition })
      const key = `${producerId} ${epoch}`
      const firstSequence = p.sequences.get(key) ?? 0
      p.sequences.set(key, stampBatches(records, { producerId: BigInt(producerId), epoch, firstSequence, transactional }))
      if (transactional && !p.open.has(producerId)) p.open.set(producerId, p.end)
      for (let at = 0; at < records.length; ) {
        const length = batchLength(records, at) as number
        const bytes = records.slice(at, at + length)
        putInt64(bytes, 0, p.end)
        p.end += readBatchHeader(bytes, 0, length).lastOffsetDelta + 1
        p.batches.push(bytes)
        at += length
      }
      touched.push(p)
    }
    return touched
  }

  #end(owner: Owner, committed: boolean): void {
    for (const p of owner.touched) {
      const firstOffset = p.open.get(owner.producerId) as number
      p.open.delete(owner.producerId)
      p.batches.push(controlBatch(owner, p.end, committed))
      if (!committed) p.aborted.push({ producerId: owner.producerId, firstOffset, lastOffset: p.end })
      p.end++
    }
    owner.touched.clear()
  }

  #partition({ topic, partition }: TopicPartition): Partition {
    const found = this.#topics.get(topic)?.at(partition)
    if (found === undefined) throw makeError('KAFKA_UNKNOWN_TOPIC', `There is no partition ${partition} of topic "${topic}".`)
    return found
  }
}

function controlBatch(owner: Owner, offset: number, committed: boolean): Uint8Array {
  const encoder = new RecordEncoder()
  encoder.append(0, new Uint8Array([0, 0, 0, committed ? 1 : 0]), 0, 4, new Uint8Array(6), 0, 6)
  const bytes = encoder.finish().slice()
  stampBatches(bytes, { producerId: BigInt(owner.producerId), epoch: owner.epoch, firstSequence: -1, transactional: true })
  bytes[batchLayout.attributes + 1] |= controlBit
  putInt32(bytes, batchLayout.crc, crc32c(bytes, batchLayout.attributes))
  putInt64(bytes, 0, offset)
  return bytes
}

function stable(p: Partition): number {
  return Math.min(p.end, ...p.open.values())
}

function lastOffset(batch: Uint8Array): number {
  const { baseOffset, lastOffsetDelta } = readBatchHeader(batch, 0, batch.length)
  return baseOffset + lastOffsetDelta
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(pieces))
}

function unknown(step: StepName): Error {
  return makeError('KAFKA_OUTCOME_UNKNOWN', `No answer to ${step}.`)
}
