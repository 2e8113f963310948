import { field, type Field, sameType, stringType, typeName } from '../columnar/data-type.ts'
import { makeSchema, type Schema } from '../columnar/schema.ts'
import { makeError } from '../common/errors.ts'
import type { ModelReference, ScoreNode } from './logical-plan.ts'
import { outputSchema } from './output-schema.ts'
import { scoreFields } from './score-fields.ts'

/**
 * The columns that score() adds. Every model that rows are shared out among, or that is compared, must take the same
 * inputs and give the same outputs; a column may be null when it may be null for one of those that rows go to.
 * @throws AnalysisError ML_SCHEMA_MISMATCH
 */
export function variantFields(plan: ScoreNode, input: Schema): Field[] {
  let fields = scoreFields(plan, input)
  for (const { model } of plan.route?.targets ?? []) {
    const others = scoreFields({ ...plan, model }, input)
    fields = fields.map((own, i) => field(own.name, agreed(own, others[i], model, plan), own.nullable || others[i].nullable))
  }
  for (const model of plan.shadow?.models ?? []) {
    for (const [i, other] of shadowFields(plan, model, input).entries()) agreed(fields[i], other, model, plan)
  }
  return fields
}

/**
 * Columns of a disagreement: the scored row, then which shadow disagrees, its digest, why it has no answer where it failed,
 * and its outputs.
 */
export function disagreementSchema(plan: ScoreNode): Schema {
  const { fields } = outputSchema(plan)
  const types = new Map(fields.map(f => [f.name, f.type]))
  return makeSchema([
    ...fields,
    field('shadow', stringType, false),
    field('shadow_digest', stringType, false),
    field('shadow_error', stringType),
    ...plan.outputs.map(o => field(`shadow_${o.column}`, types.get(o.column) ?? stringType)),
  ])
}

/** Only its outputs count. */
function shadowFields(plan: ScoreNode, model: ModelReference, input: Schema): Field[] {
  return scoreFields({ ...plan, model, fallback: null, explain: null, provenance: [] }, input)
}

function agreed(own: Field, other: Field, { label }: ModelReference, plan: ScoreNode): Field['type'] {
  if (sameType(own.type, other.type)) return own.type
  throw makeError('ML_SCHEMA_MISMATCH', `Model "${label}" gives a ${typeName(other.type)} for column "${own.name}", and model "${plan.model.label}" a ${typeName(own.type)}: they cannot stand in for each other. Take outputs that both have alike.`, {
    context: { model: label, column: own.name, type: typeName(other.type) },
  })
}
