import { expect, test } from 'vitest'
import { type CheckpointContents, showCheckpoint } from '../../src/checkpoint/inspect.ts'

const empty: CheckpointContents = { queryId: 'q', epoch: 1, lastBatchId: -1, preparedBatchId: null, watermarkMs: null, query: null, batches: [], snapshots: [] }
const head = (contents: Partial<CheckpointContents>): string => showCheckpoint({ ...empty, ...contents }).split('\n')[0]

test('the header names the last batch, or says that there is none yet', () => {
  expect([head({}), head({ preparedBatchId: 0 }), head({ lastBatchId: 3, preparedBatchId: 4, watermarkMs: 0 })]).toEqual([
    'query q, epoch 1, no batch yet, watermark -',
    'query q, epoch 1, no batch yet, batch 0 in doubt, watermark -',
    'query q, epoch 1, last batch 3, batch 4 in doubt, watermark 1970-01-01T00:00:00.000Z',
  ])
})
