import { describe, expect, test } from 'vitest'
import { nextRequests, type PartitionQueue } from '../../../src/clients/kafka/producer/produce-batches.ts'

const mebibyte = 1024 * 1024

/** `sizes` of the batches that wait for a partition. */
function queue(partition: number, known: boolean, sizes: readonly number[]): PartitionQueue {
  return { topic: 't', partition, known, batches: sizes.map(size => ({ topic: 't', partition, records: new Uint8Array(size) })) }
}

/** Partition and number in its queue of each batch, request by request. */
function shape(queues: readonly PartitionQueue[]): string[] {
  return nextRequests(queues).map(request => request.map(batch => `${batch.partition}.${queues.find(q => q.partition === batch.partition)!.batches.indexOf(batch)}`).join(' '))
}

describe('what is sent to a leader before its answers are waited for', () => {
  test('is one batch of each partition in a request, five requests at most', () => {
    expect(shape([queue(0, true, Array(9).fill(1)), queue(1, true, [1, 1])])).toEqual(['0.0 1.0', '0.1 1.1', '0.2', '0.3', '0.4'])
  })

  test('is one batch alone of a partition that knows nothing of the producer yet', () => {
    // The broker would take the second one's sequence number as the first, if it refused the first one.
    expect(shape([queue(0, false, [1, 1, 1]), queue(1, true, [1, 1])])).toEqual(['0.0 1.0', '1.1'])
  })

  test('is cut into requests that brokers take, none of which overtakes', () => {
    const large = [5 * mebibyte, 5 * mebibyte]
    expect(shape([queue(0, true, large), queue(1, true, large), queue(2, true, large)])).toEqual(['0.0', '1.0', '2.0', '0.1', '1.1'])
    expect(shape([queue(0, true, [20 * mebibyte, 1]), queue(1, true, [1])])).toEqual(['0.0', '1.0', '0.1'])
    expect(shape([0, 1, 2, 3, 4, 5, 6].map(p => queue(p, true, large)))).toEqual(['0.0', '1.0', '2.0', '3.0', '4.0'])
  })
})
