import { beforeEach, describe, expect, test } from 'vitest'
import { schema, t } from '../../../src/columnar/schema-builder.ts'
import { nodePorts } from '../../../src/common/node/node-ports.ts'
import { makeKafkaSinkProvider } from '../../../src/sinks/kafka/kafka-sink-provider.ts'
import type { Sink } from '../../../src/sinks/sink.ts'
import { FakeCluster, type Fate, type StepName } from './fake-cluster.ts'
import { attempt, outputOf, readTopic, writeParts } from './support.ts'

const rows = schema({ account: t.string(), amount: t.integer() })
const options = { brokers: ['fake:1'], topic: 'out', key: 'account' }

let cluster: FakeCluster
beforeEach(() => {
  cluster = new FakeCluster()
  cluster.create({ topic: 'out', partitions: 3 })
})

const providerOf = (fate?: (step: StepName, index: number) => Fate) => makeKafkaSinkProvider(async () => cluster.client(fate))

async function open(fate?: (step: StepName, index: number) => Fate, given: object = options): Promise<Sink> {
  return (await providerOf(fate).open({ ...given }, { ports: nodePorts, live: new Map(), queryId: 'q1', name: 'output', schema: rows, outputMode: 'append' })) as Sink
}

const partsOf = (batchId: number, given: readonly { readonly account: string; readonly amount: number }[]) => writeParts({ provider: providerOf(), options, schema: rows }, batchId, attempt(1), [given])

async function commit(sink: Sink, epoch: number, batchId: number, amount = batchId, token?: string) {
  return sink.commit(outputOf(batchId, epoch, await partsOf(batchId, [{ account: `a${batchId}`, amount }]), token))
}

const values = async (isolation?: 'read_uncommitted'): Promise<(string | null)[]> => (await readTopic(cluster.client(), 'out', isolation, true)).map(r => r.value).sort()

/** The first call of that name, from the n-th call on, has that fate. */
function once(name: StepName, fate: Fate, skip = 0): (step: StepName) => Fate {
  let left = skip
  let done = false
  return step => {
    if (done || step !== name || left-- > 0) return 'ok'
    done = true
    return fate
  }
}

describe('markers', () => {
  test('a new sink has no last batch, and an incarnation that stays', async () => {
    const first = await open()
    expect(await first.epoch()).toBe(0)
    const { last, incarnation } = await first.fence(1)
    expect(last).toBeNull()
    expect(await commit(first, 1, 0)).toBe('done')
    const second = await open()
    expect(await second.epoch()).toBe(1)
    expect(await second.fence(2)).toEqual({ last: { batchId: 0, token: 'token-0' }, incarnation })
    expect(await values()).toEqual(['{"amount":0}'])
  })

  test('a batch without rows writes its marker', async () => {
    const sink = await open()
    await sink.fence(1)
    expect(await sink.commit(outputOf(4, 1, []))).toBe('done')
    expect(await (await open()).fence(2)).toMatchObject({ last: { batchId: 4, token: 'token-4' } })
    expect(await values('read_uncommitted')).toEqual([])
  })

  test('the same batch again is already there; another token is refused', async () => {
    const sink = await open()
    await sink.fence(1)
    await commit(sink, 1, 0)
    await commit(sink, 1, 1)
    expect(await commit(sink, 1, 1)).toBe('already')
    await expect(commit(sink, 1, 1, 1, 'other')).rejects.toMatchObject({ code: 'SINK_TOKEN_MISMATCH' })
    await expect(commit(sink, 1, 0)).rejects.toMatchObject({ code: 'SINK_TOKEN_MISMATCH' })
    expect(await values()).toEqual(['{"amount":0}', '{"amount":1}'])
  })

  test('markers of other queries in the same topic are none of ours', async () => {
    const other = (await providerOf().open(options, { ports: nodePorts, live: new Map(), queryId: 'q2', name: 'output', schema: rows, outputMode: 'append' })) as Sink
    await other.fence(7)
    await commit(other, 7, 3)
    const sink = await open()
    expect(await sink.epoch()).toBe(0)
    expect(await sink.fence(1)).toMatchObject({ last: null })
  })

  test('a topic of markers that was removed gives another incarnation', async () => {
    const sink = await open()
    const { incarnation } = await sink.fence(1)
    cluster.remove('millrace.commits')
    const again = await open()
    const answer = await again.fence(2)
    expect(answer.last).toBeNull()
    expect(answer.incarnation).not.toBe(incarnation)
  })

  test('a record that is no marker, under our key, is named', async () => {
    const sink = await open()
    await sink.fence(1)
    const strange = makeKafkaSinkProvider(async () => cluster.client())
    const marker = { account: 'q1/output', amount: 1 }
    const parts = await writeParts({ provider: strange, options: { ...options, topic: 'millrace.commits' }, schema: rows }, 0, attempt(1), [[marker]])
    const stranger = (await strange.open({ ...options, topic: 'millrace.commits', delivery: 'at-least-once' }, { ports: nodePorts, live: new Map(), queryId: 'x', name: 'output', schema: rows, outputMode: 'append' })) as Sink
    expect(await stranger.commit(outputOf(0, 0, parts))).toBe('done')
    await expect((await open()).epoch()).rejects.toMatchObject({ code: 'SINK_MARKER_DAMAGED', message: expect.stringContaining('"q1/output"') })
  })
})

describe('fencing', () => {
  test('an epoch that is not greater is refused, except the own one', async () => {
    const sink = await open()
    await sink.fence(5)
    await sink.fence(5)
    await expect((await open()).fence(5)).rejects.toMatchObject({ code: 'CHECKPOINT_FENCED' })
    await expect((await open()).fence(4)).rejects.toMatchObject({ code: 'CHECKPOINT_FENCED' })
  })

  test('a zombie cannot publish any more, and learns why', async () => {
    const zombie = await open()
    await zombie.fence(1)
    await commit(zombie, 1, 0)
    const newer = await open()
    await newer.fence(2)
    expect(await commit(zombie, 1, 1, 666)).toBe('unknown')
    await expect(zombie.fence(1)).rejects.toMatchObject({ code: 'CHECKPOINT_FENCED' })
    // The zombie has displaced the newer producer, which takes its place again.
    expect(await commit(newer, 2, 1)).toBe('unknown')
    expect(await newer.fence(2)).toMatchObject({ last: { batchId: 0 } })
    expect(await commit(newer, 2, 1)).toBe('done')
    expect(await values()).toEqual(['{"amount":0}', '{"amount":1}'])
  })

  test('a commit before the fence, or with another epoch, is refused', async () => {
    const sink = await open()
    await expect(commit(sink, 1, 0)).rejects.toMatchObject({ code: 'CHECKPOINT_FENCED' })
    await sink.fence(2)
    await expect(commit(sink, 1, 0)).rejects.toMatchObject({ code: 'CHECKPOINT_FENCED' })
  })

  test.each<Fate>(['lost', 'never', 'late'])('a fence whose own commit is %s is tried again, and is not its own enemy', async fate => {
    const sink = await open(once('commit', fate))
    expect(await sink.fence(3)).toMatchObject({ last: null })
    expect(await commit(sink, 3, 0)).toBe('done')
    expect(await (await open()).epoch()).toBe(3)
  })
})

describe('unknown outcomes', () => {
  test.each<[StepName, Fate, number]>([['send', 'never', 1], ['send', 'lost', 1], ['send', 'late', 1], ['commit', 'never', 1]])(
    '%s %s: the batch is sent again', async (step, fate, skip) => {
      const sink = await open(once(step, fate, skip))
      await sink.fence(1)
      expect(await commit(sink, 1, 0)).toBe('unknown')
      // Without fencing nothing is known, and nothing may be sent.
      expect(await commit(sink, 1, 0)).toBe('unknown')
      expect(await sink.fence(1)).toMatchObject({ last: null })
      expect(await commit(sink, 1, 0)).toBe('done')
      expect(await values()).toEqual(['{"amount":0}'])
    })

  test('commit late: it has come before the fence, or comes never', async () => {
    const sink = await open(once('commit', 'late', 1))
    await sink.fence(1)
    expect(await commit(sink, 1, 0)).toBe('unknown')
    const { last } = await sink.fence(1)
    expect(await commit(sink, 1, 0)).toBe(last === null ? 'done' : 'already')
    expect(await values()).toEqual(['{"amount":0}'])
  })

  test('commit lost: the marker is there', async () => {
    const sink = await open(once('commit', 'lost', 1))
    await sink.fence(1)
    expect(await commit(sink, 1, 0)).toBe('unknown')
    expect(await sink.fence(1)).toMatchObject({ last: { batchId: 0, token: 'token-0' } })
    expect(await commit(sink, 1, 0)).toBe('already')
    expect(await values()).toEqual(['{"amount":0}'])
  })

  test('a transaction that ran into its timeout is sent again with the same token', async () => {
    let expire = false
    const sink = await open(step => {
      if (expire && step === 'commit') {
        expire = false
        cluster.expireTransactions()
      }
      return 'ok'
    })
    await sink.fence(1)
    expire = true
    expect(await commit(sink, 1, 0)).toBe('unknown')
    expect(await sink.fence(1)).toMatchObject({ last: null })
    expect(await commit(sink, 1, 0)).toBe('done')
    expect(await values()).toEqual(['{"amount":0}'])
    expect(await values('read_uncommitted')).toHaveLength(2)
  })
})

test('a reader of what is uncommitted sees an aborted try, one of what is committed does not', async () => {
  const sink = await open(once('send', 'die after', 1))
  await sink.fence(1)
  await expect(commit(sink, 1, 0, 13)).rejects.toThrow('after send')
  expect(await values()).toEqual([])
  const again = await open()
  expect(await again.fence(2)).toMatchObject({ last: null })
  await commit(again, 2, 0, 14)
  expect(await values()).toEqual(['{"amount":14}'])
  expect(await values('read_uncommitted')).toEqual(['{"amount":13}', '{"amount":14}'])
})

test('a topic that is not there is refused at the start', async () => {
  await expect(open(undefined, { ...options, topic: 'uot' })).rejects.toMatchObject({ code: 'KAFKA_UNKNOWN_TOPIC', message: expect.stringContaining('"uot"') })
})

test('a transaction that hangs in the topic of markers is waited for, then named', async () => {
  const hanging = await cluster.client().transactional('somebody', 1000)
  const sink = await open(undefined, { ...options, transactionTimeout: '1 second' })
  const marker = await writeParts({ provider: providerOf(), options: { ...options, topic: 'millrace.commits' }, schema: rows }, 0, attempt(1), [[{ account: 'x', amount: 1 }]])
  hanging.begin()
  for (const part of marker) for (const batch of part.batches) await hanging.send([{ topic: 'millrace.commits', partition: 0, records: batch.columns[2].values as Uint8Array }])
  // The epoch can be read all the same.
  expect(await sink.epoch()).toBe(0)
  let now = 0
  const slow = (await providerOf().open({ ...options, transactionTimeout: '1 second' }, {
    ports: { ...nodePorts, clock: { ...nodePorts.clock, monotonic: () => (now += 10_000) } }, live: new Map(), queryId: 'q1', name: 'output', schema: rows, outputMode: 'append',
  })) as Sink
  await expect(slow.fence(1)).rejects.toMatchObject({ code: 'SINK_HANGING_TRANSACTION', retryable: true, message: expect.stringContaining('"millrace.commits"') })
  await hanging.abort()
  expect(await sink.fence(1)).toMatchObject({ last: null })
})
