import type { OutputMode } from '../../../common/output-mode.ts'
import { Trigger } from '../../../microbatch/trigger.ts'
import type { StreamWriterOptions } from '../../../session/stream-writer.ts'
import { type QueryTree, type StreamVector, UnsupportedFeature, type VectorOptions, type VectorStep, type VectorTrigger } from '../vector.ts'

/** What is started: a vector says it once, and a restart may change it. */
export interface QuerySettings {
  readonly query: QueryTree
  readonly outputMode: OutputMode
  readonly trigger: VectorTrigger
  readonly options: VectorOptions
}

export function settingsOf(vector: StreamVector): QuerySettings {
  return { query: vector.query, outputMode: vector.outputMode, trigger: vector.trigger ?? { kind: 'default' }, options: vector.options ?? {} }
}

export function changed(settings: QuerySettings, step: VectorStep): QuerySettings {
  return {
    query: step.query ?? settings.query,
    outputMode: step.outputMode ?? settings.outputMode,
    trigger: step.trigger ?? settings.trigger,
    options: { ...settings.options, ...step.options },
  }
}

type Fixed = Pick<StreamWriterOptions<unknown>, 'sink' | 'checkpointLocation' | 'compat'>

/** @throws UnsupportedFeature for triggers that we do not have */
export function writerOptions({ outputMode, trigger, options }: QuerySettings, fixed: Fixed): StreamWriterOptions<unknown> {
  return {
    ...fixed,
    outputMode,
    trigger: triggerOf(trigger),
    noDataBatches: options.noDataBatches ?? true,
    watermarkPolicy: options.watermarkPolicy ?? 'min',
    ...(options.minBatchesToRetain === undefined ? {} : { minBatchesToRetain: options.minBatchesToRetain }),
  }
}

function triggerOf(trigger: VectorTrigger): Trigger {
  switch (trigger.kind) {
    case 'default':
      return Trigger.default()
    case 'processingTime':
      return Trigger.processingTime(trigger.intervalMs ?? 0)
    case 'once':
      return Trigger.once()
    case 'availableNow':
      return Trigger.availableNow()
    default:
      throw new UnsupportedFeature(`trigger ${trigger.kind}`)
  }
}
