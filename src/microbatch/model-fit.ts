import { type DataType, typeName } from '../columnar/data-type.ts'
import { isMillraceError } from '../common/errors.ts'
import { takesType } from '../ml/input-types.ts'
import type { ModelArtefact, ModelSignature } from '../ml/model.ts'
import { loadModelFromBytes } from '../ml/registry.ts'
import type { ModelSlot } from './incremental-planner.ts'

/** Why a model cannot stand in a slot, one sentence; null when it can. Reads it as an executor would. */
export async function mismatch(slot: ModelSlot, version: { readonly digest: string; readonly artefact: ModelArtefact }): Promise<string | null> {
  try {
    const model = await loadModelFromBytes(version.artefact)
    try {
      if (model.digest !== version.digest) return `its bytes have the digest ${model.digest}`
      return signatureMismatch(slot, model.signature)
    } finally {
      model.close()
    }
  } catch (error) {
    if (isMillraceError(error)) return error.message
    throw error
  }
}

/** Each input must be there with a type that fits; each output that is used must come as before, and may not become null where it never was. */
function signatureMismatch({ scores }: ModelSlot, signature: ModelSignature): string | null {
  for (const { inputs, outputs, explains } of scores) {
    for (const wanted of signature.inputs) {
      const given = inputs.find(i => i.name === wanted.name)
      if (given === undefined) return `it needs the input "${wanted.name}", which the query does not give`
      if (!takesType(wanted, given.type)) return `its input "${wanted.name}" is a ${wanted.kind}, and the query gives a ${typeName(given.type)}`
    }
    for (const wanted of outputs) {
      const given = signature.outputs.find(o => o.name === wanted.name)
      if (given === undefined) return `it has no output "${wanted.name}"`
      if (!sameType(given.type, wanted.type)) return `its output "${wanted.name}" is a ${typeName(given.type)} and not a ${typeName(wanted.type)}`
      if (given.nullable && !wanted.nullable) return `its output "${wanted.name}" may be null, which it never was`
    }
    if (explains && signature.outputs.find(o => o.name === 'contributions')?.contributors === undefined) return 'it has no contributions, with which the query explains its scores'
  }
  return null
}

function sameType(a: DataType, b: DataType): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}
