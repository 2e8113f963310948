import { fitPipeline } from '../ml/fit/fit-pipeline.ts'
import type { DataFrame } from './data-frame.ts'
import { PipelineModel } from './pipeline-model.ts'
import type { PipelineStage } from './pipeline-stages.ts'

export interface PipelineOptions {
  /** In the order in which they are applied. */
  readonly stages: readonly PipelineStage[]
}

/**
 * Stages that learn from a bounded frame what a stream needs before a model, and simple models themselves; parameters,
 * defaults and results are Spark's.
 *
 *     const model = await new Pipeline({ stages: [
 *       new StringIndexer({ inputCol: 'carrier', outputCol: 'carrierIndex', handleInvalid: 'keep' }),
 *       new VectorAssembler({ inputCols: ['carrierIndex', 'distance'], outputCol: 'features' }),
 *       new LogisticRegression({ labelCol: 'late' }),
 *     ] }).fit(session.readBatch(files({ path: 'flights/', format: 'jsonl', schema: flight })))
 *     await model.save('models/late')
 */
export class Pipeline {
  readonly stages: readonly PipelineStage[]

  constructor(options: PipelineOptions) {
    const stages: unknown = (options as PipelineOptions | undefined)?.stages
    if (!Array.isArray(stages) || stages.length === 0) throw new TypeError('Pipeline takes its stages: new Pipeline({ stages: [new StringIndexer({ … }), …] }).')
    const wrong = stages.findIndex(s => (s as { readonly kind?: unknown } | undefined)?.kind !== 'PipelineStage')
    if (wrong >= 0) throw new TypeError(`Stage ${wrong} of the pipeline is no stage, such as new StringIndexer({ inputCol: "a", outputCol: "b" }).`)
    this.stages = Object.freeze([...options.stages])
  }

  /**
   * Reads the frame once and learns from its rows, which are kept in memory as columns meanwhile. The same rows in the same
   * order give the same bytes, on any number of executors.
   * @throws AnalysisError ML_FIT_FAILED, ML_SCHEMA_MISMATCH, PLAN_IS_STREAMING; QueryError when a row cannot be read or computed
   */
  async fit<O = { prediction: number }>(frame: Pick<DataFrame<unknown>, 'collectBatch'>): Promise<PipelineModel<O>> {
    const rows = await frame.collectBatch()
    return PipelineModel.fitted<O>(await fitPipeline(rows, this.stages.map(s => s.spec)))
  }
}
