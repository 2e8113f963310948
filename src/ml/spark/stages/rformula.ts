import { arrayType, stringType } from '../../../columnar/data-type.ts'
import type { StageContext } from '../stage.ts'
import { readTable, strings, listAt } from '../tables.ts'

/** RFormulaModel: the pipeline that the formula became. The label belongs to training and is not made. */
export async function rFormulaModel(stage: StageContext): Promise<void> {
  await stage.nested(stage.directory.child('pipelineModel'), stage.planner)
}

/** ColumnPruner: takes an RFormula's working columns away again. */
export async function columnPruner(stage: StageContext): Promise<void> {
  const table = (await readTable(stage.directory.child('data'), [['columnsToPrune', arrayType(stringType)]])).single
  const { child, from, to } = listAt(table.required('columnsToPrune'), 0)
  for (const name of strings(child).slice(from, to)) stage.planner.remove(name)
}

/** VectorAttributeRewriter: gives the values of an RFormula's vector readable names, of which nothing is computed. */
export function vectorAttributeRewriter(_: StageContext): void {}
