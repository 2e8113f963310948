import { boolean, integer, json, type JsonSchema, list, map, number, object, orNull, ref, text, time } from './schema-words.ts'

const metrics = map({ type: ['number', 'string'] }, 'By name.')

/** Spark's progress of a batch, as `query.progress` has it. */
export const progressSchemas: { readonly [name: string]: JsonSchema } = {
  ProgressHistory: object('The last batches of a query, oldest first, at most 100.', { id: text('Of the query.'), runId: text('Of the run.'), progress: list(ref('Progress')) }),
  Progress: object('What one batch did.', {
    id: text('Of the query.'), runId: text('Of the run.'), name: orNull(text('Of the query.')), timestamp: time('When the trigger fired.'), batchId: integer('Its number.'), batchDuration: number('Milliseconds.'),
    numInputRows: integer('Read.'), inputRowsPerSecond: number('Since the trigger before.'), processedRowsPerSecond: number('While it ran.'),
    durationMs: map(number('Milliseconds.'), 'By phase, with Spark\'s names.'),
    eventTime: object('Event times of the batch.', { min: time('Smallest.'), max: time('Largest.'), avg: time('Mean.'), watermark: time('That the batch used.') }, ['min', 'max', 'avg', 'watermark']),
    stateOperators: list(object('An operator with state.', {
      operatorName: text('Spark\'s name.'), numRowsTotal: integer('Groups.'), numRowsUpdated: integer('Changed.'), numRowsRemoved: integer('That left.'), numRowsDroppedByWatermark: integer('Late groups.'), numLateRows: integer('Late rows.'), memoryUsedBytes: integer('Memory.'),
      allUpdatesTimeMs: number('Of its tasks.'), allRemovalsTimeMs: number('Always 0.'), commitTimeMs: number('Always 0.'), numShufflePartitions: integer('Partitions.'), numStateStoreInstances: integer('Partitions.'), customMetrics: metrics,
    })),
    sources: list(object('A source.', {
      name: text('Its name.'), description: text('What it reads.'), startOffset: json('Exclusive.'), endOffset: json('Inclusive.'), latestOffset: json('The newest known.'), numInputRows: integer('Read.'), inputRowsPerSecond: number('Since the trigger before.'), processedRowsPerSecond: number('While the batch ran.'),
      numBadRecords: integer('That could not be decoded.'), metrics, notices: list(object('What it had to say.', { message: text('A sentence.'), context: map(json('A value.'), 'Its values.') })),
    })),
    sink: object('The sink.', { description: text('Where rows go.'), numOutputRows: integer('Written.'), metrics }),
    observedMetrics: metrics,
    executors: list(object('An executor.', { id: text('Its name.'), numTasks: integer('It ran.'), numInputRows: integer('It took in.'), timeMs: number('It worked.') })),
    models: list(text('A digest.')),
    modelMetrics: list(object('What a model did.', {
      digest: text('Of its bytes.'), version: orNull(text('In its registry.')), numRows: integer('It scored.'), numCalls: integer('Of its score().'), timeMs: number('Of these calls.'), numErrors: integer('Calls that failed.'),
      numFallbackRows: integer('A fallback answered.'), numInvalidRows: integer('It was not trained for.'), numTensors: orNull(integer('Its library holds.')), memoryUsedBytes: orNull(integer('Its library holds.')),
    })),
    isReplay: boolean('Finished or run again after a crash.'),
  }),
}
