import { nullType } from '../columnar/data-type.ts'
import { nullVector } from '../columnar/vector.ts'
import { isMillraceError } from '../common/errors.ts'
import type { Model } from './model.ts'

/** Lets a model score one row of missing values, for what happens at the first call only: compiling, allocating, loading kernels. */
export async function warmUp(model: Model): Promise<void> {
  try {
    await model.score(model.signature.inputs.map(() => nullVector(nullType, 1)), 1, model.signature.outputs.filter(o => o.extra === undefined).map(o => o.name))
  } catch (error) {
    // It may not take missing values, which says nothing about the rows to come.
    if (!isMillraceError(error)) throw error
  }
}
