import type { Json } from '../common/json.ts'
import type { ModelReference as PlannedModel } from '../plan/logical-plan.ts'
import type { LoadedModel, ModelReference } from './loaded-model.ts'

/** A model as a plan names it. */
export function plannedModel({ reference, name, version, digest, signature, label }: LoadedModel<unknown> | ModelReference<unknown>): PlannedModel {
  return Object.freeze({
    ...(reference === undefined ? {} : { reference }),
    ...(name === undefined ? {} : { name }),
    ...(version === undefined ? {} : { version }),
    digest,
    format: signature.format,
    label,
    signature: signature as unknown as Json,
  })
}
