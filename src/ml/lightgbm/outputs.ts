import { type DataType, float64Type, vectorType } from '../../columnar/data-type.ts'
import type { ModelOutput } from '../model.ts'
import { canExplain } from '../tree/shap.ts'
import type { Booster } from './booster.ts'

/**
 * `prediction` is what the library's predict() answers, except that a multi-class model gives the class and its
 * `probabilities` apart. Leaves and contributions are laid out as the library does it: contributions class after class,
 * each with its mean last. For linear leaves the library has none.
 */
export function outputsOf({ objective, groups, inputs, trees, linear }: Booster): ModelOutput[] {
  const perGroup = groups === 1 ? float64Type : vectorType(groups)
  const output = (name: string, type: DataType, rest: Pick<ModelOutput, 'library' | 'extra' | 'contributors'> = {}): ModelOutput => ({ name, type, nullable: false, ...rest })
  const outputs: ModelOutput[] = []
  if (objective.task === 'classes') outputs.push(output('prediction', float64Type), output('probabilities', perGroup, { library: 'predict' }))
  else outputs.push(output('prediction', perGroup, { library: 'predict' }))
  if (objective.task === 'binary') outputs.push(output('probability', float64Type))
  outputs.push(output('margin', perGroup, { library: 'raw' }))
  outputs.push(output('leaves', vectorType(trees.roots.length), { library: 'leaf', extra: 'leaves' }))
  if (linear === undefined && canExplain(trees)) {
    outputs.push(output('contributions', vectorType(groups * (inputs.length + 1)), { library: 'contribs', extra: 'contributions', ...(groups === 1 ? { contributors: inputs.map(i => i.name) } : {}) }))
  }
  return outputs
}
