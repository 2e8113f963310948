import { DocumentPart } from '../document.ts'
import { unreadable } from '../errors.ts'
import type { ModelArtefact, ModelDigest, ModelReader } from '../model.ts'
import { parseModelJson } from './json.ts'
import { XGBoostModel } from './model.ts'
import { isOldBinary, readOldBinary } from './old-binary.ts'
import { readBooster } from './read-booster.ts'
import { parseUbjson } from './ubjson.ts'

const fail = (what: string, cause?: unknown): Error => unreadable('XGBoost', what, cause)

/** Models saved by XGBoost as `.json`, `.ubj`, or in the binary format of before them. */
export const xgboostReader: ModelReader = {
  format: 'xgboost',
  recognises: artefact => encodingOf(artefact) !== undefined,
  async load(artefact: ModelArtefact, digest: ModelDigest) {
    const { bytes } = artefact.files[0]
    if (encodingOf(artefact) === 'binary') return new XGBoostModel(digest, readOldBinary(bytes))
    const document = encodingOf(artefact) === 'ubjson' ? parseUbjson(bytes, fail) : parseModelJson(bytes, fail)
    return new XGBoostModel(digest, readBooster(new DocumentPart(document, '', fail)))
  },
}

/** How far into the file the word "learner" is looked for: it is the first key, or comes after the version. */
const headBytes = 256

function encodingOf({ files }: ModelArtefact): 'json' | 'ubjson' | 'binary' | undefined {
  if (files.length !== 1) return undefined
  const head = new TextDecoder('latin1').decode(files[0].bytes.subarray(0, headBytes))
  // In UBJSON a key's length follows the brace: a type letter and, for XGBoost, eight bytes.
  if (/^\{[iUIlL][\0-\x1f]/.test(head)) return head.includes('learner') ? 'ubjson' : undefined
  if (/^\s*\{\s*"/.test(head) && head.includes('"learner"')) return 'json'
  return isOldBinary(files[0].bytes) ? 'binary' : undefined
}
