import { wireFields } from '../protobuf/reader.ts'

/** Field numbers of ModelProto with their wire types; field 1, the version of the format, comes first in every file. */
const modelFields: ReadonlyMap<number, number> = new Map([
  [1, 0], [2, 2], [3, 2], [4, 2], [5, 0], [6, 2], [7, 2], [8, 2], [14, 2], [20, 2], [25, 2],
])
const maxVersion = 1_000
const enoughFields = 3

/** Whether bytes begin as an ONNX model does: a message whose first fields are those of ModelProto, its version small. */
export function looksLikeOnnx(bytes: Uint8Array): boolean {
  if (bytes.length < 4) return false
  let seen = 0
  let hasVersion = false
  try {
    for (const { number, wire, value } of wireFields(bytes, () => new Error('no message'))) {
      if (modelFields.get(number) !== wire) return false
      if (number === 1) {
        if (value < 1 || value > maxVersion) return false
        hasVersion = true
      }
      if (++seen >= enoughFields) return hasVersion
    }
  } catch {
    // Cut off or damaged after a beginning that is right: its reader then says what is wrong.
    return hasVersion && seen > 0
  }
  return hasVersion && seen > 1
}
