import { arrayType, type DataType, float64Type, vectorType } from '../../columnar/data-type.ts'
import type { ModelOutput } from '../model.ts'
import { canExplain } from '../tree/shap.ts'
import type { Booster } from './booster.ts'

/**
 * `prediction` is what the library's predict() answers, except that a multi-class model gives the class and its
 * `probabilities` apart, whether it was trained as softmax or softprob. Leaves and contributions are of the shapes that
 * the library gives them.
 */
export function outputsOf({ objective, groups, inputs, trees }: Booster): ModelOutput[] {
  const perGroup = numbers(groups)
  const output = (name: string, type: DataType, rest: Pick<ModelOutput, 'library' | 'extra' | 'contributors'> = {}): ModelOutput => ({ name, type, nullable: false, ...rest })
  const predict = { library: 'predict' }
  const outputs: ModelOutput[] = []
  if (objective.task === 'classes') {
    outputs.push(output('prediction', float64Type, objective.predictsClass ? predict : {}), output('probabilities', perGroup, objective.predictsClass ? {} : predict))
  } else {
    outputs.push(output('prediction', perGroup, predict))
    if (objective.task === 'binary' && groups === 1) outputs.push(output('probability', perGroup))
  }
  outputs.push(output('margin', perGroup, { library: 'margin' }))
  if (trees !== undefined) outputs.push(output('leaves', numbers(trees.roots.length), { library: 'leaf', extra: 'leaves' }))
  if (trees === undefined || canExplain(trees)) {
    const contributions = vectorType(inputs.length + 1)
    outputs.push(output('contributions', groups === 1 ? contributions : arrayType(contributions, false), { library: 'contribs', extra: 'contributions', ...(groups === 1 ? { contributors: inputs.map(i => i.name) } : {}) }))
  }
  return outputs
}

function numbers(count: number): DataType {
  return count === 1 ? float64Type : vectorType(count)
}
